import { expect, test } from 'vitest';
import { newPairingCode, readPairingCode } from './pairing-code.ts';

test('a code is eight letters and digits that are not mistaken for others', () => {
  let next = 0;
  expect(newPairingCode((limit) => next++ % limit)).toBe('ABCD-EFGH');
  expect(newPairingCode((limit) => limit - 1)).toBe('9999-9999');
});

test('a code is read however it was typed', () => {
  for (const text of ['ABCD-EFGH', 'abcdefgh', ' abcd efgh ']) expect(readPairingCode(text)).toBe('ABCD-EFGH');
  for (const text of ['', 'ABCD-EFG', 'ABCD-EFGHJ', 'ABCD-EFG0', 'ABCD-EFGI', 'ÄBCD-EFGH']) {
    expect(readPairingCode(text)).toBeNull();
  }
});
