import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signedHeaders } from './signature.ts';

test('a signature is the one in the examples of Standard Webhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  assert.deepEqual(signedHeaders(secret, id, 1614265330, '{"test": 2432232314}'), {
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
