import { expect, test } from 'vitest';
import { runCheck } from './run-checks.ts';
import { personalDataIn } from './personal-data.ts';

const passed = (check: Parameters<typeof runCheck>[0], content: string, context = '') =>
  runCheck(check, { content, context }).passed;

test('each check passes what is as it wants it, and nothing else', () => {
  expect([passed({ kind: 'not_empty' }, ' x '), passed({ kind: 'not_empty' }, ' \n')]).toEqual([true, false]);
  const length = { kind: 'length', min: 2, max: 3 } as const;
  expect(['a', '🚢🚢', 'abc', 'abcd'].map((text) => passed(length, text))).toEqual([false, true, true, false]);
  const schema = { type: 'object', properties: { a: { type: 'number', minimum: 3 } }, required: ['a'] };
  const isA = (text: string) => passed({ kind: 'json_schema', schema }, text);
  expect([isA('{"a":3}'), isA('{"a":2}'), isA('{}'), isA('a')]).toEqual([true, false, false, false]);
  const isEnglish = (text: string) => passed({ kind: 'language', languages: ['en'] }, text);
  expect(isEnglish('The ship left the harbour before anybody was awake.')).toBe(true);
  expect(isEnglish('Das Schiff hat den Hafen verlassen, bevor jemand wach war.')).toBe(false);
  expect(isEnglish('ok')).toBe(true);
  const terms = { kind: 'banned_terms', terms: ['ass', 'Top Secret', 'C++'] } as const;
  expect(['class', 'an ass.', 'a top secret', 'c++!'].map((text) => passed(terms, text))).toEqual([
    ...[true, false, false, false],
  ]);
  expect(passed({ kind: 'no_secrets' }, `key sk-ant-${'a1B2'.repeat(12)}`)).toBe(false);
  expect(passed({ kind: 'no_secrets' }, 'a sketch of an ant')).toBe(true);
});

test('a citation names a source of the context', () => {
  const sources = '[1] The log\n[2] The report';
  const check = { kind: 'citations_resolve' } as const;
  expect(runCheck(check, { content: 'As [1] and [2] say', context: sources })).toMatchObject({
    passed: true,
    score: 1,
  });
  expect(runCheck(check, { content: 'As [1] and [7] say', context: sources })).toMatchObject({
    passed: false,
    score: 0.5,
  });
  expect(passed(check, 'nothing cited')).toBe(true);
});

test('personal data is told by its form and its sum', () => {
  expect(personalDataIn('write to ann@example.com or +44 20 7946 0958')).toEqual(['mail address', 'telephone number']);
  expect(personalDataIn('4111 1111 1111 1111 and DE89 3704 0044 0532 0130 00')).toEqual([
    ...['card number', 'account number'],
  ]);
  expect(personalDataIn('4111 1111 1111 1112, DE89 3704 0044 0532 0130 01, 2026-11-30, +1, a@b')).toEqual([]);
});

test('a schema that is none is the caller’s mistake', () => {
  const run = () => runCheck({ kind: 'json_schema', schema: { type: 'ship' } }, { content: '{}', context: '' });
  expect(run).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('long contents take no longer than their length', () => {
  const content = `${'a.'.repeat(50_000)}@${'1 '.repeat(50_000)}`;
  const before = performance.now();
  personalDataIn(content);
  passed({ kind: 'language', languages: ['en'] }, content);
  expect(performance.now() - before).toBeLessThan(3_000);
});
