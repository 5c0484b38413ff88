import path from 'node:path';
import { expect, test } from 'vitest';
import { brokenReferences, checkReferences, readPage, type Repository } from './references.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PAGE = '# Work\n\n## Task states\n\n```sh\n# no heading\n```\n\n## What `it` costs, and why\n';
const repository: Repository = {
  paths: new Set(['README.md', 'api', 'docs', 'docs/work.md']),
  pages: new Map([['docs/work.md', readPage(PAGE)]]),
};

function found(text: string, file = 'api/a.ts'): string[] {
  return brokenReferences(file, text, repository);
}

test('every reference in the repository leads somewhere', () => {
  expect(checkReferences(ROOT).broken).toEqual([]);
});

test('documents that are not in the repository are found, however they are cited', () => {
  const texts = [
    '/** Missions: contract missions, sections 1 and 2. */',
    '/** Prices (contract: journal-cost, section 4). */',
    '/** Contract: missions.md §2. */',
    ' * Tokens (contract ipc.md §1).',
    '// Hardening: contract/provisioning.md',
    '-- The entries of a call (seed 000).',
    '/** A crew’s image: seed Provisioning, lifecycle. */',
    'CANCELLED by the rulings',
    'read ../shared/STYLE.md',
    'ignored, as the contract has it',
    'contract keeper, approvals, escalations, section 6',
  ];
  for (const text of texts) expect(found(`first\n${text}`)[0], text).toMatch(/^api\/a\.ts:2: “.*” is not in the/);
});

test('seeds of chance, contracts in general and paths that look alike are left alone', () => {
  const text =
    'the seed 42; a seed plays the storm; --seed <n>; the contract of a function; contract: ipc_config; ../shared.ts';
  expect(found(text)).toEqual([]);
});

test('a page and its heading are found, by anchor, by name, over the end of a comment’s line', () => {
  const texts = [
    'see docs/work.md',
    'docs/work.md#task-states',
    'docs/work.md#what-it-costs-and-why',
    '(docs/work.md, Task states)',
    ' * docs/work.md,\n * Task\n * states. More.',
    'docs/work.md, What it costs, and why, tells',
    'docs/work.md, which says more',
  ];
  for (const text of texts) expect(found(text), text).toEqual([]);
});

test('a page that is not there, and a heading that a page has not, are told by file and line', () => {
  expect(found('a\n// docs/gone.md')).toEqual(['api/a.ts:2: there is no docs/gone.md']);
  expect(found('docs/work.md#no-heading')).toEqual(['api/a.ts:1: docs/work.md has no heading for #no-heading']);
  expect(found('docs/work.md, Run states.')).toEqual([
    'api/a.ts:1: docs/work.md has no heading that “Run states.” begins with',
  ]);
});

test('links of pages are followed from the page that has them; addresses are not', () => {
  const good =
    '[a](work.md#task-states) [b](../README.md) [c](../api/) [d](https://example.com/docs/x.md) [e](#task-states)';
  expect(found(good, 'docs/work.md')).toEqual([]);
  expect(found('[a](../gone.md)', 'docs/work.md')).toEqual(['docs/work.md:1: there is no gone.md']);
  expect(found('[a](docs/gone.md)', 'README.md')).toHaveLength(1);
});

test('a tree without pages is refused', () => {
  expect(() => checkReferences(path.join(ROOT, 'db/functions'))).toThrow('nothing was compared');
});
