import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readByteRange } from './byte-range.ts';

test('a range is read as the protocol has it', () => {
  expect(readByteRange('bytes=0-9', 100)).toEqual({ from: 0, to: 9 });
  expect(readByteRange('bytes=90-', 100)).toEqual({ from: 90, to: 99 });
  expect(readByteRange('Bytes = 90-200', 100)).toEqual({ from: 90, to: 99 });
  expect(readByteRange('bytes=-10', 100)).toEqual({ from: 90, to: 99 });
  expect(readByteRange('bytes=-1000', 100)).toEqual({ from: 0, to: 99 });
});

test('one that asks for nothing that is there is unsatisfiable, and what is no range is the whole', () => {
  for (const header of ['bytes=100-', 'bytes=100-200', 'bytes=-0']) {
    expect(readByteRange(header, 100), header).toBe('unsatisfiable');
  }
  expect(readByteRange('bytes=0-', 0)).toBe('unsatisfiable');
  expect(readByteRange('bytes=-5', 0)).toBe('unsatisfiable');
  for (const header of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=9-0',
    'bytes=0-1,5-6',
    'lines=0-1',
    'bytes=a-b',
  ]) {
    expect(readByteRange(header, 100), header).toBeNull();
  }
});

test('no range leads out of its content', () => {
  fc.assert(
    fc.property(fc.option(fc.nat(2_000)), fc.option(fc.nat(2_000)), fc.nat(1_000), (first, last, size) => {
      const range = readByteRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
      if (range === null || range === 'unsatisfiable') return;
      expect(range.from >= 0 && range.from <= range.to && range.to < size).toBe(true);
    }),
  );
});
