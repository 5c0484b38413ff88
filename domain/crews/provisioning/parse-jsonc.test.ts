import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsoncError, parseJsonc } from './parse-jsonc.ts';

/** Blanks and comments as may stand between any two tokens; what is in them looks like JSON. */
const gap = fc
  .array(
    fc.oneof(
      fc.constantFrom('', ' ', '\n', '\t', '\r\n'),
      fc.string({ maxLength: 12 }).map((text) => `/*${text.replaceAll('*/', '')} ", } */`),
      fc.string({ maxLength: 12 }).map((text) => `//${text.replaceAll('\n', '')} {"a": [\n`),
    ),
    { maxLength: 3 },
  )
  .map((parts) => parts.join(''));

/** The value as people write it: gaps between all tokens, and maybe a comma after a last item. */
function written(value: unknown, next: { gap: () => string; comma: () => boolean }): string {
  if (typeof value !== 'object' || value === null) return next.gap() + JSON.stringify(value) + next.gap();
  const items = Array.isArray(value)
    ? value.map((item) => written(item, next))
    : Object.entries(value).map(
        ([key, item]) => `${next.gap()}${JSON.stringify(key)}${next.gap()}:${written(item, next)}`,
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const extra = items.length > 0 && next.comma() ? `,${next.gap()}` : '';
  return `${next.gap()}${open}${next.gap()}${items.join(',')}${extra}${close}${next.gap()}`;
}

test('comments, blanks and a comma after a last item change nothing', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.array(gap, { minLength: 1 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      (value, gaps, commas) => {
        let at = 0;
        const text = written(value, {
          gap: () => gaps[(at += 1) % gaps.length]!,
          comma: () => commas[(at += 1) % commas.length]!,
        });
        expect(parseJsonc(text)).toEqual(JSON.parse(JSON.stringify(value)));
      },
    ),
    { numRuns: 500 },
  );
});

test('any text is what JSON.parse makes of it, or an error of ours', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\/*ntrue01 \n'.split('')), maxLength: 24 }), (text) => {
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        // It may be JSON with comments: then it is read, and it is an error of ours otherwise.
        try {
          parseJsonc(text);
        } catch (error) {
          expect(error).toBeInstanceOf(JsoncError);
        }
        return;
      }
      expect(parseJsonc(text)).toEqual(expected);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  '',
  '{',
  '[,]',
  '{,}',
  '[1,,]',
  '{"a":,}',
  ',',
  '/* open',
  '{"a": 1} x',
  '"open',
  "{'a': 1}",
  '{a: 1}',
  '/',
])('%s is refused', (text) => {
  expect(() => parseJsonc(text)).toThrow(JsoncError);
});

test('an error says where it is, when that is known', () => {
  expect(() => parseJsonc('{\n  // fine\n  "a": 1 "b"\n}')).toThrow('line 3, column 10');
  expect(() => parseJsonc('{"a": tru}')).toThrow(/^is not JSON \(with comments\)$/);
  expect(() => parseJsonc('{\n  "a": 1\n  /* open')).toThrow('line 3, column 3');
  expect(parseJsonc('\uFEFF{"a": "// no /* comment, }",}')).toEqual({ a: '// no /* comment, }' });
});
