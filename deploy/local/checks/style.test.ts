import path from 'node:path';
import { expect, test } from 'vitest';
import { checkStyle, wrongLines, wrongName } from './style.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Words of `length` characters in all. */
const words = (length: number): string =>
  'word '
    .repeat(length)
    .slice(0, length - 1)
    .padEnd(length, 's');

test('nothing in the repository is against the style', () => {
  expect(checkStyle(ROOT).wrong).toEqual([]);
});

test('a line is measured in characters, in code, SQL, scripts and comments', () => {
  for (const file of ['api/a.ts', 'deploy/a.mjs', 'db/migrations/0033_words.sql', 'activities/a.sh']) {
    expect(wrongLines(file, `first\n${words(121)}`), file).toEqual([
      `${file}:2: is 121 characters long, more than 120`,
    ]);
    expect(wrongLines(file, words(120)), file).toEqual([]);
  }
  expect(wrongLines('api/a.ts', `// ${words(118)}`)).toHaveLength(1);
  expect(wrongLines('api/a.ts', '’'.repeat(60).concat(' ', '’'.repeat(59)))).toEqual([]);
});

test('a line with no place to break may be longer', () => {
  const name = 'x'.repeat(130);
  for (const line of [
    `import { a, b } from '${name}';`,
    `} from '../../${name}';`,
    `test('${words(130)}', () => {`,
    `dockerTest.skipIf(none)("${words(130)}", () => {`,
    `  const address = '${name}';`,
    `  // https://example.com/${name}`,
  ]) {
    expect(wrongLines('api/a.test.ts', line), line).toEqual([]);
  }
  expect(wrongLines('api/a.test.ts', `dockerTest(\n  '${words(130)}',`)).toEqual([]);
  expect(wrongLines('api/a.test.ts', `refuse(\n  '${words(130)}',`)).toHaveLength(1);
});

test('what a program wrote, and what landed before lines were measured, is left alone', () => {
  for (const file of [
    'db/migrations/0032_jobs.sql',
    'db/functions/crewship_admit_runs.sql',
    'clients/typescript/src/generated/operations.ts',
    'test/replay/histories/v1/a.ts',
    'README.md',
  ]) {
    expect(wrongLines(file, words(200)), file).toEqual([]);
  }
});

test('a comment opens with what it is about', () => {
  for (const comment of ['/** Note that it is odd. */', '  // We look again.', '// NB: later']) {
    expect(wrongLines('api/a.ts', comment), comment).toHaveLength(1);
  }
  for (const line of ['// Notes of a mission', '// Weeks', "const text = '// We';", '/** IPv4 alone. */']) {
    expect(wrongLines('api/a.ts', line), line).toEqual([]);
  }
});

test('files and folders are kebab-case and say what is in them', () => {
  for (const file of [
    'api/crews/crew-routes.ts',
    'api/crews/crew-routes.test.ts',
    '.dependency-cruiser.mjs',
    'db/functions/crewship_admit_runs.sql',
    'db/migrations/0033_words.sql',
    'activities/crews/containers/helper-image.ts',
    'commands/engine/LOCK-ORDER.md',
  ]) {
    expect(wrongName(file), file).toBeNull();
  }
  expect(wrongName('api/crewRoutes.ts')).toBe('api/crewRoutes.ts: crewRoutes.ts is not kebab-case');
  expect(wrongName('api/Crews/routes.ts')).toBe('api/Crews/routes.ts: Crews is not kebab-case');
  expect(wrongName('api/crews/utils.ts')).toBe('api/crews/utils.ts: utils.ts does not say what is in it');
  expect(wrongName('api/crews/helpers.test.ts')).not.toBeNull();
});

test('a tree without code is refused', () => {
  expect(() => checkStyle(path.join(ROOT, 'docs/decisions'))).toThrow('nothing was looked at');
});
