import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSocketTokens } from './socket-token.ts';

const claims = { userId: 'user-1', credentialId: 'token-1' };

test('a token is accepted by every process with the key, for fifteen minutes', () => {
  const key = randomBytes(32);
  let nowMs = 1_700_000_000_000;
  const { token, expiresAt } = createSocketTokens(key, () => nowMs).issue(claims);
  const other = createSocketTokens(key, () => nowMs);
  expect(Date.parse(expiresAt) - nowMs).toBe(900_000);
  nowMs += 899_000;
  expect(other.verify(token)).toEqual(claims);
  nowMs += 1_000;
  expect(other.verify(token)).toBeNull();
});

test('what was signed with another key, changed, or is no token is refused', () => {
  const tokens = createSocketTokens(randomBytes(32));
  const { token } = tokens.issue(claims);
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const changed = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'user-2' }),
  ).toString('base64url');
  const wrong = [
    '',
    'a.b.c',
    `${header}.${changed}.${signature}`,
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${header}.${payload}`,
    `${token}.x`,
    'x'.repeat(5_000),
    createSocketTokens(randomBytes(32)).issue(claims).token,
  ];
  for (const text of wrong) expect(tokens.verify(text), text).toBeNull();
});
