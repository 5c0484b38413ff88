import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentParts } from './document-parts.ts';

test('a text is cut before its headings, else where it has a gap', () => {
  const body = 'word '.repeat(14).trim();
  expect(documentParts(`${body}\n# Next\n${body}`, 100)).toEqual([body, `# Next\n${body}`]);
  expect(documentParts(`${body}\n\n${body}`, 100)).toEqual([body, body]);
});

test('parts have all of a text but the gaps between them, in order, and no half characters', () => {
  const piece = fc.constantFrom('a', 'word ', '\n', '\n\n', '\n# ', '😀', 'x'.repeat(30));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      const parts = documentParts(text, 40);
      expect(parts.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(40);
        expect(part.isWellFormed()).toBe(true);
      }
    }),
  );
});
