import { expect, test } from 'vitest';
import { hasVisible } from './has-visible.ts';

test('blanks, controls, zero-width characters and fillers show nothing, alone or together', () => {
  for (const text of [
    '',
    ' ',
    '\u200b',
    '\u200d\ufeff',
    '\u2060 \u00ad',
    '\u3164',
    '\u2800\u180e',
    '\ud800',
    '\u202e',
  ]) {
    expect(hasVisible(text), JSON.stringify(text)).toBe(false);
  }
});

test('letters of any script, signs and pictures are seen, whatever stands beside them', () => {
  for (const text of ['a', '\u200bß', '時', '👩‍🚀', 'é', '.', '0', 'ע\u200f']) {
    expect(hasVisible(text), JSON.stringify(text)).toBe(true);
  }
});
