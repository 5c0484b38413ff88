import { expect, test } from 'vitest';
import { byteRange, rangeHeaders } from './byte-range.ts';

test.each([
  [undefined, null],
  ['bytes=0-4', { start: 0, end: 5 }],
  ['bytes=5-', { start: 5, end: 10 }],
  ['bytes=-3', { start: 7, end: 10 }],
  ['bytes=-300', { start: 0, end: 10 }],
  ['bytes=8-99', { start: 8, end: 10 }],
  ['bytes=0-1,2-4', { start: 0, end: 5 }],
  ['bytes=0-1,8-9', null],
  ['lines=0-1', null],
])('of ten bytes %s is %o', (header, range) => {
  expect(byteRange(header, 10)).toEqual(range);
});

test.each(['bytes=5-2', 'bytes=x-', 'bytes', `bytes=${'0-1,'.repeat(100)}0-1`])('%s is no range', (header) => {
  expect(() => byteRange(header, 10)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('a range beyond the content says how much there is, and nothing is all of nothing', () => {
  expect(() => byteRange('bytes=10-', 10)).toThrow(
    expect.objectContaining({ code: 'range_not_satisfiable', extensions: { size: 10 } }),
  );
  expect(byteRange('bytes=0-', 0)).toBeNull();
});

test('an answer says which part of how much it is', () => {
  expect(rangeHeaders({ start: 2, end: 5 }, 10)).toEqual({
    'accept-ranges': 'bytes',
    'content-length': '3',
    'content-range': 'bytes 2-4/10',
  });
  expect(rangeHeaders(null, 10)).toEqual({ 'accept-ranges': 'bytes', 'content-length': '10' });
});
