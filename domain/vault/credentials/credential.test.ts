import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canReport, canRotate, checkSecret, CREDENTIAL_STATUSES, envVarNameOf } from './credential.ts';

const refused = (type: Parameters<typeof checkSecret>[0], value: string) => {
  try {
    checkSecret(type, value);
    return null;
  } catch (error) {
    const { message } = error as Error;
    if (value.length > 8) expect(message).not.toContain(value);
    return message;
  }
};

test('keys and certificates are PEM of their kind', () => {
  expect(refused('SSH_KEY', '-----BEGIN OPENSSH PRIVATE KEY-----\nx')).toBeNull();
  expect(refused('SSH_KEY', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nx')).toBeNull();
  expect(refused('SSH_KEY', '-----BEGIN CERTIFICATE-----\nx')).not.toBeNull();
  expect(refused('SSH_KEY', 'ssh-ed25519 AAAA')).not.toBeNull();
  expect(refused('CERTIFICATE', '-----BEGIN CERTIFICATE-----\nx')).toBeNull();
  expect(refused('CERTIFICATE', '-----BEGIN PRIVATE KEY-----\nx')).not.toBeNull();
  expect(refused('SECRET', 'anything')).toBeNull();
});

test('an endpoint is an http(s) URL, far from metadata, and carries a key over https only', () => {
  for (const good of [
    'https://api.example.com/v1',
    'http://api.example.com',
    '{"baseURL":"https://api.example.com","apiKey":"k"}',
    '{"baseURL":"http://10.1.2.3:8000","apiKey":"k"}',
    '{"baseURL":"http://localhost:11434","headers":{"x-key":"k"}}',
  ]) {
    expect(refused('ENDPOINT_URL', good), good).toBeNull();
  }
  for (const bad of [
    'ftp://example.com',
    'not a url',
    'https://user:password@example.com',
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://metadata.google.internal./',
    '{"baseURL":"http://api.example.com","apiKey":"k"}',
    '{"baseURL":"https://api.example.com","apiKey":7}',
    '{"baseURL":"https://api.example.com","other":"x"}',
    '{"baseURL"',
    `https://example.com/${'x'.repeat(2_048)}`,
  ]) {
    expect(refused('ENDPOINT_URL', bad), bad).not.toBeNull();
  }
});

test('revoked, pending and rejected credentials stay so', () => {
  for (const from of ['REVOKED', 'PENDING', 'PENDING_APPROVAL', 'REJECTED'] as const) {
    expect(canRotate(from)).toBe(false);
    for (const to of CREDENTIAL_STATUSES) expect(canReport(from, to)).toBe(false);
  }
  expect(canReport('EXPIRED', 'ACTIVE')).toBe(true);
  expect(canReport('ACTIVE', 'REVOKED')).toBe(true);
  expect(canReport('ACTIVE', 'PENDING')).toBe(false);
});

test('any name makes the name of a variable', () => {
  expect(envVarNameOf('Stripe key (test)')).toBe('STRIPE_KEY_TEST');
  expect(envVarNameOf('1password')).toBe('CREDENTIAL_1PASSWORD');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 255 }), (name) => {
      expect(envVarNameOf(name)).toMatch(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);
    }),
  );
});
