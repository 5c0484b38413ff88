import { expect, test } from 'vitest';
import { createPasswords } from './passwords.ts';

test('a password is right for its own hash, and nothing is right for nobody', async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash('correct horse');
  expect(stored).toMatch(/^\$argon2id\$/);
  expect(await passwords.verify(stored, 'correct horse')).toBe(true);
  expect(await passwords.verify(stored, 'correct house')).toBe(false);
  expect(await passwords.verify(null, 'a password that nobody has')).toBe(false);
});

test('those who come when too many wait are told so at once, and the others are served', async () => {
  const passwords = createPasswords({ atOnce: 2, maxWaiting: 3 });
  const stored = await passwords.hash('correct horse');
  const outcomes = await Promise.allSettled(Array.from({ length: 13 }, () => passwords.verify(stored, 'wrong')));
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(8);
  expect(refused[0]).toMatchObject({ reason: { code: 'unavailable' } });
  expect(await passwords.verify(stored, 'correct horse')).toBe(true);
});
