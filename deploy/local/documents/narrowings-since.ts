import { findNarrowings } from './find-narrowings.ts';
import type { GitHistory } from './git-history.ts';
import { isExempt } from './is-exempt.ts';
import type { OpenApiDocument } from './open-api-document.ts';

/** A change must not hide among later ones. */
const COMMITS = 20;
export const CHANGELOG = 'CHANGELOG.md';

export interface NarrowingReport {
  /** Earlier versions that the document was compared with. */
  readonly versions: number;
  /** `updateCrew: body.name: is gone (compared with 1a2b3c4d)`, those that the changelog does not tell of. */
  readonly lines: readonly string[];
}

/**
 * Compares a document with what the last commits that touched its file made of it, and so does not depend on what the
 * file says now. `changelog` is today's; a narrowing is fine when that tells of it and the commit's own did not yet.
 */
export function narrowingsSince(
  history: GitHistory,
  file: string,
  document: OpenApiDocument,
  changelog: string,
): NarrowingReport {
  const since = new Map<string, string>();
  const commits = history.commitsOf(file, COMMITS);
  const versions = commits.flatMap((commit) => {
    const text = history.show(commit, file);
    return text === undefined ? [] : [{ commit, document: JSON.parse(text) as OpenApiDocument }];
  });
  for (const { commit, document: before } of versions) {
    const narrowings = findNarrowings(before, document);
    const earlier = narrowings.length === 0 ? '' : (history.show(commit, CHANGELOG) ?? '');
    for (const { operationId, what } of narrowings) {
      const line = `${operationId}: ${what}`;
      if (!since.has(line) && !isExempt(operationId, changelog, earlier)) since.set(line, commit);
    }
  }
  return {
    versions: versions.length,
    lines: [...since].map(([line, commit]) => `${line} (compared with ${commit.slice(0, 8)})`),
  };
}
