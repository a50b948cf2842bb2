import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import {
  type appSchema,
  type ClientSignal,
  errorBodySchema,
  type hostEncryptionSchema,
  type iceServerSchema,
  type Negotiation,
  peerTokenSchema,
  transportChoiceSchema,
} from '../index.ts';
import { mutated, valuesOf } from '../testing/schema-values.ts';
import { type GeneralMessageByZod, generalMessageSchema, serverSignalSchema } from '../testing/server-signal-schema.ts';
import type { ClientSignal as Sent } from './client-signal.ts';
import * as parts from './parts.ts';
import { type GeneralMessage, parseGeneralMessage, parseServerSignal } from './server-signals.ts';

type Same<A, B> = [A, B] extends [B, A] ? true : false;
/** That these compile is the test: what browsers read has the types of the schemas. */
const SAME_TYPES: [
  Same<GeneralMessage, GeneralMessageByZod>,
  Same<parts.PeerToken, z.infer<typeof peerTokenSchema>>,
  Same<parts.AppInfo, z.infer<typeof appSchema>>,
  Same<parts.HostEncryption, z.infer<typeof hostEncryptionSchema>>,
  Same<parts.IceServer, z.infer<typeof iceServerSchema>>,
  Same<parts.Negotiation, Negotiation>,
  Sent extends ClientSignal ? true : false,
] = [true, true, true, true, true, true, true];

/** Each with its schema. */
const READERS: [string, z.ZodType, (value: unknown) => unknown][] = [
  ['server signals', serverSignalSchema, (value) => parseServerSignal(JSON.stringify(value))],
  ['general messages', generalMessageSchema, (value) => parseGeneralMessage(JSON.stringify(value))],
  ['tokens', peerTokenSchema, parts.readPeerToken],
  ['errors', errorBodySchema, parts.readErrorBody],
  ['transports', transportChoiceSchema, parts.readTransportChoice],
];

describe('what browsers read without schemas', () => {
  for (const [name, schema, read] of READERS)
    it(`is what the schema makes of it: ${name}`, () => {
      assert.ok(SAME_TYPES.every(Boolean));
      const valid = valuesOf(schema);
      const values = fc.oneof(valid, valid.chain(mutated), valid.chain(mutated).chain(mutated), fc.jsonValue());
      let [accepted, refused] = [0, 0];
      fc.assert(
        fc.property(values, (value) => {
          // As it comes over a wire: no undefined, no NaN, no -0.
          const text = JSON.stringify(value);
          const received: unknown = JSON.parse(text);
          const expected = schema.safeParse(received).data ?? null;
          if (expected === null) refused += 1;
          else accepted += 1;
          assert.deepEqual(read(received), expected);
        }),
        { numRuns: 2_000 },
      );
      assert.ok(accepted > 100 && refused > 100, `${accepted} accepted, ${refused} refused`);
    });

  it('has no number that JSON can write but nobody can mean', () => {
    assert.equal(parseServerSignal('{"LastFrame":{"age_ms":1e999}}'), null);
  });
});
