import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { generateWebhookKey, webhookHeaders } from './webhook-signature.ts';

const message = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  sentAt: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
};

test('a shared secret signs as the published example of Standard Webhooks does', () => {
  expect(webhookHeaders(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('an Ed25519 key is checked by its public half, and two secrets sign side by side', () => {
  const key = generateWebhookKey('ed25519');
  expect(key.publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  const shared = generateWebhookKey('hmac-sha256');
  expect(shared).toEqual({ signature: 'hmac-sha256', secret: expect.stringMatching(/^whsec_/), publicKey: null });
  const headers = webhookHeaders(message, [key.secret, shared.secret]);
  const [first, second] = headers['webhook-signature']!.split(' ');
  expect(second).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  const publicKey = createPublicKey({
    key: Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(key.publicKey!.slice('whpk_'.length), 'base64'),
    ]),
    format: 'der',
    type: 'spki',
  });
  const signed = Buffer.from(`${message.id}.1614265330.${message.body}`);
  const signature = Buffer.from(first!.slice('v1a,'.length), 'base64');
  expect(verify(null, signed, publicKey, signature)).toBe(true);
  expect(verify(null, Buffer.from(`${signed.toString()} `), publicKey, signature)).toBe(false);
});
