import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyRing, SealError } from './key-ring.ts';

const old = randomBytes(32);
const context = { workspaceId: 'ws1', ownerId: 'credential1', field: 'value' };
const one = createKeyRing(new Map([[1, old]]));
const two = createKeyRing(
  new Map([
    [2, randomBytes(32)],
    [1, old],
  ]),
);

test('what is sealed opens, whatever the text, and the same text never seals alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const wellFormed = text.toWellFormed();
      const sealed = one.seal(wellFormed, context);
      expect(one.open(sealed, context)).toBe(wellFormed);
      expect(one.seal(wellFormed, context)).not.toBe(sealed);
    }),
  );
});

test('a ciphertext opens in its own row, workspace and field only', () => {
  const sealed = one.seal('secret', context);
  for (const other of [{ workspaceId: 'ws2' }, { ownerId: 'credential2' }, { field: 'refresh_token' }]) {
    expect(() => one.open(sealed, { ...context, ...other })).toThrow(SealError);
  }
});

test('any changed bit, and any rubbish, is refused', () => {
  const sealed = one.seal('secret', context);
  const bytes = Buffer.from(sealed.slice(3), 'base64');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(() => one.open(`v1:${changed.toString('base64')}`, context)).toThrow(SealError);
  }
  for (const rubbish of ['', 'v1:', 'v0:AAAA', 'v1:AAAA', 'secret', `v9:${sealed.slice(3)}`, `${sealed}\n`]) {
    expect(() => one.open(rubbish, context)).toThrow(SealError);
  }
});

test('the newest key seals, the older ones still open, and a version is part of what is authenticated', () => {
  expect(two.currentPrefix).toBe('v2:');
  expect(two.seal('secret', context)).toMatch(/^v2:/);
  const sealed = one.seal('secret', context);
  expect(two.open(sealed, context)).toBe('secret');
  const relabelled = createKeyRing(new Map([[3, old]]));
  expect(() => relabelled.open(`v3:${sealed.slice(3)}`, context)).toThrow(SealError);
});

test('a digest depends on the key and stays when a newer key is added', () => {
  expect(two.digest('secret')).toEqual(one.digest('secret'));
  expect(createKeyRing(new Map([[1, randomBytes(32)]])).digest('secret')).not.toEqual(one.digest('secret'));
});
