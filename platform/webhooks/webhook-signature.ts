import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { WebhookSignature } from '../../domain/people/deliveries/delivery.ts';

const SECRET_BYTES = 32;
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SPKI: RFC 8410. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX_BYTES = 12;

export interface WebhookKey {
  readonly signature: WebhookSignature;
  /** As Standard Webhooks writes it: `whsec_…` or `whsk_…`. For the key ring and the receiver's owner alone. */
  readonly secret: string;
  /** `whpk_…`: what checks Ed25519; null for a shared secret. */
  readonly publicKey: string | null;
}

/** Makes what signs webhooks. */
export function generateWebhookKey(signature: WebhookSignature): WebhookKey {
  if (signature === 'hmac-sha256') {
    return { signature, secret: `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`, publicKey: null };
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PRIVATE_PREFIX.length);
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX_BYTES);
  return {
    signature,
    secret: `whsk_${seed.toString('base64')}`,
    publicKey: `whpk_${publicKey.toString('base64')}`,
  };
}

/** One signature of a message, as `webhook-signature` lists them: `v1,…` or `v1a,…`. */
function signatureOf(secret: string, signed: string): string {
  const bytes = Buffer.from(secret.slice(secret.indexOf('_') + 1), 'base64');
  if (secret.startsWith('whsec_')) return `v1,${createHmac('sha256', bytes).update(signed).digest('base64')}`;
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, bytes]), format: 'der', type: 'pkcs8' });
  return `v1a,${sign(null, Buffer.from(signed), key).toString('base64')}`;
}

/** The headers by which a receiver knows a message and its sender (Standard Webhooks). */
export function webhookHeaders(
  message: { readonly id: string; readonly sentAt: Date; readonly body: string },
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(message.sentAt.getTime() / 1_000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => signatureOf(secret, signed)).join(' '),
  };
}
