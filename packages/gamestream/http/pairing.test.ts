import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { clientIdentity, hostIdentity, signatures } from './fixtures/vectors.ts';
import { PairingClient, type PairingRequest } from './pairing-client.ts';
import { decrypt, type PairingHash, pairingKey } from './pairing-crypto.ts';
import { PairingHost, type PairingHostAnswer } from './pairing-host.ts';
import { buildTarget, parseQuery, type QueryParameters } from './query.ts';
import { errorXml, parseReply, replyXml } from './xml.ts';

const bytes = (first: number) => Buffer.from(Array.from({ length: 16 }, (_, index) => first + index));
const series =
  (...values: Buffer[]) =>
  () =>
    values.shift()!;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const value = (request: PairingRequest | null) => request?.parameters.at(-1)?.[1];
const target = (request: PairingRequest | null, uniqueId = '0123456789ABCDEF') =>
  buildTarget('/pair', [
    ['uniqueid', uniqueId],
    ['uuid', '11111111-2222-4333-8444-555555555555'],
    ['devicename', 'roth'],
    ['updateState', '1'],
    ...request!.parameters,
  ]);
const query = (request: PairingRequest | null, uniqueId?: string): QueryParameters =>
  parseQuery(target(request, uniqueId))!.parameters;

const newClient = (pin = '1234', hash: PairingHash = 'sha256') =>
  new PairingClient({ identity: clientIdentity, pin, random: series(bytes(0), bytes(0x10), bytes(0x20)), hash });
const newHost = (hash: PairingHash = 'sha256') =>
  new PairingHost({ identity: hostIdentity, random: series(bytes(0x30), bytes(0x40)), hash });

function xml(answer: PairingHostAnswer): string {
  assert.notEqual(answer.type, 'waitForPin');
  return (answer as { xml: string }).xml;
}

const code = (wanted: string) => (error: unknown) => error instanceof GameStreamError && error.code === wanted;

test('the five requests and replies of protocol/1 §10.1 are reproduced byte for byte', () => {
  const client = newClient();
  const host = newHost();
  const lengths: number[] = [];
  const hashes: string[] = [];
  const note = (text: string) => {
    lengths.push(text.length);
    hashes.push(sha256(text));
    return text;
  };

  let request: PairingRequest | null = client.begin();
  note(target(request));
  assert.deepEqual(host.receive(query(request)), { type: 'waitForPin', uniqueId: '0123456789ABCDEF' });
  assert.deepEqual(host.waiting, ['0123456789ABCDEF']);
  const pinned = host.enterPin('1234');
  assert.equal(pinned?.uniqueId, '0123456789ABCDEF');
  request = client.receive(parseReply(note(pinned.xml)));
  for (const phase of [2, 3, 4, 5]) {
    assert.equal(request?.phase, phase);
    note(target(request));
    const answer = host.receive(query(request));
    assert.equal(answer.type, phase === 4 ? 'paired' : 'reply');
    if (answer.type === 'paired') assert.equal(answer.certificate, clientIdentity.certificate);
    request = client.receive(parseReply(note(xml(answer))));
  }
  assert.equal(request, null);
  assert.equal(client.hostCertificate, hostIdentity.certificate);
  assert.deepEqual(lengths, [2200, 2137, 152, 223, 188, 663, 668, 88, 124, 88]);
  assert.deepEqual(hashes, [
    '5aa9a0b8a8377241763432b37939dd0a74fa81143ebeff22db3022344403e470',
    '6cc71b1ee24683dd6b75db9dc88e107eac55f5362ddaba3f6034f20fb128afea',
    '1250529c0f3b14e1ecd35b541061b68a825e541507bba8a656f66d1b1488dd2a',
    'fd5d82e8781b9210dbbad295221c4565f750b39e7a221838584e635357862af2',
    '671ded82047659e4d0d0a1ea653052b42dfb8dbbf1bf14246f832be66d94540f',
    '5dd81e907b3690ee161ac3b5b729fd392f2e5165b2eae26ab7ed636b94c7045e',
    'bd08b099ef2353458e681f047d94e2ba3596f2d1f89eccc2ae1722cf528d8477',
    '17bf6e961c9fe058f93738feab2f90fbe77cf6da08895b84d3a48a09b0644fa8',
    '4dd7faf92cde5feae453e4b743418bc3b0625407b927aa3cfefa2060211c0e9c',
    '17bf6e961c9fe058f93738feab2f90fbe77cf6da08895b84d3a48a09b0644fa8',
  ]);
});

test('the exchange contains the values of the table in protocol/1 §10.1', () => {
  const client = newClient();
  const host = newHost();
  host.receive(query(client.begin()));
  const second = client.receive(parseReply(host.enterPin('1234')!.xml));
  assert.equal(value(second), '5febcdc985b2baddd65925da162380eb');
  const response = parseReply(xml(host.receive(query(second))));
  assert.equal(
    response.root.text('challengeresponse'),
    'EF1C2DC774B35995160B90D47DA300CF57F4A16D4D61AE233A5CD16B0D08C08E729847F14EEC2C92157F58D16BE4EF80',
  );
  const third = client.receive(response);
  assert.equal(value(third), '71610536636271e6512ef1433c3e971f76de97f03ea111494c3ab6c265062acd');
  const secret = parseReply(xml(host.receive(query(third))));
  assert.equal(secret.root.text('pairingsecret'), (bytes(0x30).toString('hex') + signatures.hostSecret).toUpperCase());
  assert.equal(value(client.receive(secret)), bytes(0x20).toString('hex') + signatures.clientSecret);
});

test("the key is derived from the salt's bytes and the PIN", () => {
  const key = (salt: string, pin: string, hash: PairingHash = 'sha256') =>
    pairingKey(hash, Buffer.from(salt, 'hex'), pin).toString('hex');
  assert.equal(key('000102030405060708090a0b0c0d0e0f', '1234'), 'bad0b4f7cae08eb7c1b5acc763a8ed25');
  assert.equal(key('000102030405060708090a0b0c0d0e0f', '4321'), 'b1b7da29d5d5015fa7243dd2c4198934');
  assert.equal(key('a0c288cfb0ea624ec3e5cc54d6ab7e38', '7284'), '8a0191f59f31950d5de3396901aa585d');
  assert.equal(key('000102030405060708090a0b0c0d0e0f', '1234', 'sha1'), '0cd2f00b23437ed6adc97cd8f7dbf3ed');
});

test('the SHA-1 generation differs only in the hashes', () => {
  const client = newClient('1234', 'sha1');
  const host = newHost('sha1');
  host.receive(query(client.begin()));
  const second = client.receive(parseReply(host.enterPin('1234')!.xml));
  assert.equal(value(second), '74835d5e27e70f2e39548f80ad3cbff8');
  const response = parseReply(xml(host.receive(query(second))));
  assert.equal(
    response.root.text('challengeresponse'),
    '07130B62266958E4BA732E244653DFB54CF03AA166890AAC60DB6FC4F97B4AB7D20D8294EE24CD72613B23287E812FB2',
  );
  const third = client.receive(response);
  assert.equal(value(third), 'd3816edc75739f8aa1cb37a7daa656bfcfbc86f5a02baf8468107b4ad722a3e2');
  const fourth = client.receive(parseReply(xml(host.receive(query(third)))));
  assert.equal(host.receive(query(fourth)).type, 'paired');
});

test('the client notices a wrong PIN after phase 3, the host after phase 4', () => {
  const client = newClient('4321');
  const host = newHost();
  host.receive(query(client.begin()));
  let request = client.receive(parseReply(host.enterPin('1234')!.xml));
  request = client.receive(parseReply(xml(host.receive(query(request)))));
  const third = parseReply(xml(host.receive(query(request))));
  assert.throws(() => client.receive(third), code('PAIRING_WRONG_PIN'));
  assert.equal(xml(host.receive(query(PairingClient.forget()))), replyXml([['paired', 0]]));
  assert.equal(xml(host.receive(query(PairingClient.forget()))), errorXml(400, 'Invalid uniqueid'));
});

test('a host that cannot sign for its certificate is forged, whatever the PIN', () => {
  const client = newClient();
  const host = newHost();
  host.receive(query(client.begin()));
  let request = client.receive(parseReply(host.enterPin('1234')!.xml));
  request = client.receive(parseReply(xml(host.receive(query(request)))));
  const forged = xml(host.receive(query(request))).replace('<pairingsecret>30', '<pairingsecret>31');
  assert.throws(() => client.receive(parseReply(forged)), code('PAIRING_FORGED'));
});

test('an empty certificate means that another pairing is in progress', () => {
  for (const body of [
    replyXml([['paired', 1]]),
    replyXml([
      ['paired', 1],
      ['plaincert', ''],
    ]),
  ]) {
    const client = newClient();
    client.begin();
    assert.throws(() => client.receive(parseReply(body)), code('PAIRING_IN_PROGRESS'));
  }
});

test('paired 0 and an error status reject the pairing', () => {
  for (const body of [replyXml([['paired', 0]]), errorXml(400, 'Out of order call to getservercert')]) {
    const client = newClient();
    client.begin();
    assert.throws(() => client.receive(parseReply(body)), code('PAIRING_REJECTED'));
    assert.throws(() => client.receive(parseReply(body)), code('INVALID_ARGUMENT'));
  }
});

test('only a PIN of four digits is accepted', () => {
  for (const pin of ['', '123', '12345', 'abcd', '１２３４']) {
    assert.throws(() => newClient(pin), code('INVALID_ARGUMENT'));
    const host = newHost();
    host.receive(query(newClient().begin()));
    assert.equal(host.enterPin(pin), null);
  }
});

test('the host answers misuse as Sunshine does', () => {
  const host = newHost();
  const parameters = (text: string) => parseQuery(`/pair?${text}`)!.parameters;
  const answer = (text: string) => xml(host.receive(parameters(text)));
  assert.equal(answer('phrase=getservercert'), errorXml(400, 'Missing uniqueid parameter'));
  assert.equal(answer('uniqueid=A&clientchallenge=00'), errorXml(400, 'Invalid uniqueid'));
  assert.equal(answer('uniqueid=A&what=1'), errorXml(400, 'Invalid uniqueid'));
  assert.equal(answer('uniqueid=A&phrase=pairchallenge'), replyXml([['paired', 1]]));
  assert.equal(
    answer('uniqueid=A&phrase=getservercert&salt=00&clientcert=00'),
    errorXml(400, 'Invalid client certificate'),
  );

  host.receive(query(newClient().begin(), 'A'));
  assert.equal(answer('uniqueid=A&what=1'), errorXml(404, 'Invalid pairing request'));
  assert.equal(answer('UNIQUEID=A&ServerChallengeResp=00'), errorXml(400, 'Out of order call to serverchallengeresp'));
  assert.equal(answer('uniqueid=A&serverchallengeresp=00'), errorXml(400, 'Invalid uniqueid'));

  const short = query(newClient().begin(), 'B') as Map<string, string>;
  host.receive(short.set('salt', '0011'));
  assert.deepEqual(host.enterPin('1234'), { uniqueId: 'B', xml: errorXml(400, 'Salt too short') });
  assert.equal(host.enterPin('1234'), null);
});

test('a second phase 1 brings a new salt, or ends the attempt if the first was already answered', () => {
  const host = newHost();
  const first = newClient();
  host.receive(query(first.begin()));
  const again = new PairingClient({
    identity: clientIdentity,
    pin: '1234',
    random: series(bytes(5), bytes(6), bytes(7)),
  });
  assert.equal(host.receive(query(again.begin())).type, 'waitForPin');
  assert.equal(host.waiting.length, 1);
  const second = again.receive(parseReply(host.enterPin('1234')!.xml));
  const third = again.receive(parseReply(xml(host.receive(query(second)))));
  assert.equal(host.receive(query(newClient().begin())).type, 'waitForPin');
  assert.equal(host.enterPin('1234')!.xml, errorXml(400, 'Out of order call to getservercert'));
  assert.equal(xml(host.receive(query(third))), errorXml(400, 'Invalid uniqueid'));
});

test('attempts are bounded and can be forgotten', () => {
  const host = newHost();
  for (let index = 0; index < 40; index++) host.receive(query(newClient().begin(), `A${index}`));
  assert.equal(host.waiting.length, 16);
  assert.equal(host.waiting[0], 'A24');
  host.forget('A24');
  assert.equal(host.enterPin('1234')?.uniqueId, 'A25');
});

test('a recorded pairing with Sunshine is replayed exactly', () => {
  const read = (name: string) =>
    readFileSync(new URL(`../../../fixtures/recordings/sunshine-pairing/${name}`, import.meta.url), 'utf8');
  const session = JSON.parse(read('session.json'));
  const transcript = read('http.txt');
  const sent = [...transcript.matchAll(/^(?:>>> )?GET (\/pair\?\S+) HTTP\/1\.1/gm)].map(
    (match) => parseQuery(match[1]!)!,
  );
  const requests = [...new Map(sent.map((each) => [each.parameters.get('uuid'), each.parameters])).values()];
  const replies = [...transcript.matchAll(/<root .*?<\/root>/g)]
    .map((match) => match[0])
    .filter((text) => text.includes('<paired>'));
  assert.equal(requests.length, 4);
  assert.equal(replies.length, 4);

  const salt = Buffer.from(requests[0]!.get('salt')!, 'hex');
  const secret = Buffer.from(requests[3]!.get('clientpairingsecret')!, 'hex').subarray(0, 16);
  const key = pairingKey('sha256', salt, session.pin);
  const challenge = decrypt(key, Buffer.from(requests[1]!.get('clientchallenge')!, 'hex'));
  const client = new PairingClient({
    identity: { certificate: session.client_certificate_pem, privateKey: session.client_private_key_pem },
    pin: session.pin,
    random: series(salt, challenge, secret),
  });
  let request: PairingRequest | null = client.begin();
  for (const [index, reply] of replies.entries()) {
    for (const [name, text] of request!.parameters) assert.equal(text, requests[index]!.get(name), name);
    request = client.receive(parseReply(reply));
  }
  assert.deepEqual(request, { phase: 5, parameters: [['phrase', 'pairchallenge']] });
  assert.equal(client.hostCertificate, session.host_certificate_pem);
});

test('hostile answers and requests only cause typed errors', () => {
  const hexText = fc.uint8Array({ maxLength: 80 }).map((all) => Buffer.from(all).toString('hex'));
  const text = fc.oneof(fc.string(), hexText, fc.constantFrom('', '0', '1', hexOf(hostIdentity.certificate)));
  const names = ['paired', 'plaincert', 'challengeresponse', 'pairingsecret'] as const;
  const answers = fc.array(fc.record({ name: fc.constantFrom(...names), text }), { maxLength: 4 });
  const good = [
    ['paired', 1],
    ['plaincert', hexOf(hostIdentity.certificate)],
  ] as [string, string | number][];
  fc.assert(
    fc.property(fc.array(answers, { minLength: 1, maxLength: 4 }), fc.boolean(), (replies, startWell) => {
      const client = newClient();
      client.begin();
      try {
        if (startWell) client.receive(parseReply(replyXml(good)));
        for (const reply of replies) {
          const children = [['paired', 1], ...reply.map((each) => [each.name, each.text])] as [string, string][];
          client.receive(parseReply(replyXml(children)));
        }
      } catch (error) {
        assert.ok(error instanceof GameStreamError, String(error));
      }
    }),
    { numRuns: 300 },
  );
  const parameters = fc.dictionary(
    fc.constantFrom(
      'uniqueid',
      'phrase',
      'salt',
      'clientcert',
      'clientchallenge',
      'serverchallengeresp',
      'clientpairingsecret',
    ),
    fc.oneof(text, fc.constantFrom('getservercert', 'A')),
  );
  fc.assert(
    fc.property(fc.array(parameters, { maxLength: 8 }), (queries) => {
      const host = new PairingHost({ identity: hostIdentity, random: () => bytes(9) });
      host.receive(query(newClient().begin(), 'A'));
      for (const each of queries) {
        const answer = host.receive(new Map(Object.entries({ uniqueid: 'A', ...each })));
        assert.notEqual(answer.type, 'paired');
        host.enterPin('1234');
      }
    }),
    { numRuns: 300 },
  );
});

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex');
}
