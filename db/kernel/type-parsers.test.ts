import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInt8, parseTimestamptz } from './type-parsers.ts';

test('a time reads the same cut from UTC text as through the calendar', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const iso = date.toISOString();
      // Postgres prints no trailing zeros of a fraction, and no fraction at all when it is zero.
      const text = iso
        .slice(0, 23)
        .replace('T', ' ')
        .replace(/\.?0+$/, '');
      expect(parseTimestamptz(`${text}+00`)).toBe(iso);
    }),
  );
  expect(parseTimestamptz('2026-01-02 03:04:05.123456+00')).toBe('2026-01-02T03:04:05.123Z');
  expect(parseTimestamptz('2026-01-02 05:04:05+02')).toBe('2026-01-02T03:04:05.000Z');
});

test('an int8 that a number cannot hold is refused, not rounded', () => {
  expect(parseInt8('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => parseInt8('9007199254740993')).toThrow(RangeError);
});
