import { expect, test } from 'vitest';
import type { GitHistory } from './git-history.ts';
import { narrowingsSince } from './narrowings-since.ts';
import type { OpenApiDocument } from './open-api-document.ts';

function documentWith(...ids: string[]): OpenApiDocument {
  return {
    openapi: '3.1.0',
    paths: Object.fromEntries(ids.map((operationId) => [`/${operationId}`, { get: { operationId, responses: {} } }])),
  };
}
function changelogWith(...lines: string[]): string {
  return ['# Changelog', '', '## [Unreleased]', '', '### Removed or narrowed', '', ...lines, '', '### Added', ''].join(
    '\n',
  );
}

interface Commit {
  readonly document?: OpenApiDocument;
  readonly changelog?: string;
}

/** A history whose commits are named by their place, newest first. */
function historyOf(...commits: Commit[]): GitHistory {
  return {
    commitsOf: (_file, limit) => commits.map((_, index) => `commit${index}`).slice(0, limit),
    show(commit, file) {
      const { document, changelog } = commits[Number(commit.slice('commit'.length))]!;
      return file === 'CHANGELOG.md' ? changelog : document && JSON.stringify(document);
    },
  };
}

function since(history: GitHistory, document: OpenApiDocument, changelog = ''): readonly string[] {
  return narrowingsSince(history, 'docs/openapi.json', document, changelog).lines;
}

test('an operation that an earlier commit had and that is gone is found, and said once', () => {
  const history = historyOf({ document: documentWith('a') }, { document: documentWith('a', 'b') });
  const older = historyOf(...Array.from({ length: 3 }, () => ({ document: documentWith('a', 'b') })));
  expect(since(history, documentWith('a'))).toEqual(['b: GET /b is gone (compared with commit1)']);
  expect(since(older, documentWith('a'))).toEqual(['b: GET /b is gone (compared with commit0)']);
  expect(since(history, documentWith('a', 'b', 'c'))).toEqual([]);
});

test('a line of the changelog that names the operation makes it fine', () => {
  const history = historyOf({ document: documentWith('a', 'b') });
  expect(since(history, documentWith('a'), changelogWith('- `b`: nobody called it.'))).toEqual([]);
  expect(since(history, documentWith('a'), changelogWith('- `bb`: another one.'))).toHaveLength(1);
  expect(since(history, documentWith('a'), '## Added\n\n- `b`')).toHaveLength(1);
});

test('a line that told of an earlier narrowing does not cover the next', () => {
  const told = changelogWith('- `b`: takes less.');
  const history = historyOf({ document: documentWith('a', 'b'), changelog: told });
  expect(since(history, documentWith('a'), told)).toHaveLength(1);
  expect(since(history, documentWith('a'), changelogWith('- `b`: takes less.', '- `b` is gone.'))).toEqual([]);
});

test('a commit in which the file was not there is passed over', () => {
  const report = narrowingsSince(historyOf({}, { document: documentWith('a') }), 'x', documentWith('a'), '');
  expect(report).toEqual({ versions: 1, lines: [] });
});
