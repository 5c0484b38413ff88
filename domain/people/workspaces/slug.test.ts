import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SLUG_PATTERN, slugFromName, slugRefusal } from './slug.ts';

test('reserved words, id-shaped and malformed slugs are refused', () => {
  for (const bad of ['me', 'crews-status', 'cm1a2b3c4d5e6f7g8h9i0j1k2', 'j_0123456789abcdef', 'A', 'a', '-ab', 'a b']) {
    expect(slugRefusal(bad)).not.toBeNull();
  }
  for (const good of ['demo', 'a1', 'data_team', 'crew-2', 'c-is-a-fine-slug-but-not-an-id']) {
    expect(slugRefusal(good)).toBeNull();
  }
});

test('any name gives a slug that is allowed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.constantFrom('', 'x7k2p9'), (name, suffix) => {
      const slug = slugFromName(name, 'workspace', suffix);
      expect(slug).toMatch(SLUG_PATTERN);
      expect(slugRefusal(slug)).toBeNull();
    }),
  );
});

test('an owner’s name reads well', () => {
  expect(slugFromName("Ada Lovelace's Workspace", 'workspace')).toBe('ada-lovelaces-workspace');
});
