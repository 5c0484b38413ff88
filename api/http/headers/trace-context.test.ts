import { expect, test } from 'vitest';
import { traceIdOf } from './trace-context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test('a valid traceparent names its trace, also in a later version', () => {
  expect(traceIdOf(`00-${TRACE}-${PARENT}-01`)).toBe(TRACE);
  expect(traceIdOf(`cc-${TRACE}-${PARENT}-01-what-comes`)).toBe(TRACE);
});

test('what is none names nothing', () => {
  for (const text of [
    ...[undefined, '', 'words', [`00-${TRACE}-${PARENT}-01`], `ff-${TRACE}-${PARENT}-01`],
    ...[
      `00-${'0'.repeat(32)}-${PARENT}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    ],
  ]) {
    expect(traceIdOf(text), String(text)).toBeUndefined();
  }
});
