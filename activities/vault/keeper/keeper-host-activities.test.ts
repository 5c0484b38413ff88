import { expect, test } from 'vitest';
import { OUTPUT_LIMIT_BYTES } from '../../../domain/vault/keeper/keeper-request.ts';
import { shown } from './keeper-host-activities.ts';

const SECRET = 'correct-horse-battery-staple-9';
const RFC_4648 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function base32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.replace(/.{1,5}/g, (five) => RFC_4648[Number.parseInt(five.padEnd(5, '0'), 2)]!);
}

test('no spelling of a secret is shown, whatever stands around it', () => {
  const reversed = Array.from(SECRET).reverse().join('');
  const hex = Buffer.from(SECRET).toString('hex');
  for (const spelled of [
    SECRET,
    reversed,
    hex,
    hex.toUpperCase(),
    encodeURIComponent(SECRET),
    JSON.stringify(SECRET),
  ]) {
    const text = shown([Buffer.from(`before ${spelled} after`), Buffer.from(spelled)], SECRET);
    expect(text).toContain('[REDACTED:keeper-secret]');
    expect(text).not.toContain(spelled.slice(2, -2));
    expect(text).toMatch(/^before .* after/);
  }
  for (const around of ['', 'x', 'xy', 'xyz', 'wxyz']) {
    const whole = `${around}${SECRET}${around}`;
    for (const encoded of [Buffer.from(whole).toString('base64'), base32(whole), base32(whole).toLowerCase()]) {
      expect(shown([Buffer.from(encoded)], SECRET), encoded).toContain('[REDACTED:keeper-secret]');
    }
  }
});

test('each line of a secret of several lines is one; short ones are words', () => {
  const key = `-----BEGIN KEY-----\nMIIEvQIBADANBg\nab\n`;
  expect(shown([Buffer.from('got MIIEvQIBADANBg and ab')], key)).toBe('got [REDACTED:keeper-secret] and ab');
});

test('what is shown ends at the limit, and no part of a secret is at its end', () => {
  const filler = Buffer.alloc(OUTPUT_LIMIT_BYTES - 10, 'a');
  const text = shown([Buffer.concat([filler, Buffer.from(SECRET), filler])], SECRET);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(OUTPUT_LIMIT_BYTES);
  expect(text.endsWith('[REDACTED:')).toBe(true);
  expect(shown([Buffer.from('a\0b')], SECRET)).toBe('a\uFFFDb');
});
