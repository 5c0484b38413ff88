import { expect, test } from 'vitest';
import { stableJson } from './stable-json.ts';

test('the text depends on the value alone, not on the order of its members', () => {
  expect(stableJson({ b: [2, 1], a: { d: 1, c: null } })).toBe(stableJson({ a: { c: null, d: 1 }, b: [2, 1] }));
  expect(stableJson({ b: [2, 1], a: {} })).toBe('{ "a": {}, "b": [2, 1] }\n');
});

test('what does not fit on a line has a line for each member', () => {
  const long = 'x'.repeat(100);
  const value = { short: { a: 1 }, long: [long, { b: 'quoted "text"' }], none: [] };
  expect(stableJson(value)).toBe(
    `{\n  "long": [\n    "${long}",\n    { "b": "quoted \\"text\\"" }\n  ],\n  "none": [],\n  "short": { "a": 1 }\n}\n`,
  );
  expect(JSON.parse(stableJson(value))).toEqual(value);
});
