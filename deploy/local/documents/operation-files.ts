import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The file below `folder` that declares each operation, from `root`. The declaration has the operation's id as a
 * literal,
 * `operationId: 'getCrew'`, so that a search finds it too. Throws for ids that stand in no file or in several.
 */
export function operationFiles(root: string, folder: string, operationIds: readonly string[]): Map<string, string> {
  const filesOf = new Map<string, Set<string>>(operationIds.map((id) => [id, new Set()]));
  for (const file of sourcesIn(root, folder)) {
    for (const [, id] of readFileSync(path.join(root, file), 'utf8').matchAll(/\boperationId: '(\w+)'/g)) {
      filesOf.get(id!)?.add(file);
    }
  }
  const unclear = [...filesOf].filter(([, files]) => files.size !== 1);
  if (unclear.length > 0) {
    const lines = unclear.map(([id, files]) =>
      files.size === 0
        ? `${id}: write its id out where it is declared, \`operationId: '${id}'\``
        : `${id}: ${[...files].join(' or ')}`,
    );
    throw new Error(`the file of an operation cannot be told\n${lines.join('\n')}`);
  }
  return new Map([...filesOf].map(([id, files]) => [id, [...files][0]!]));
}

function sourcesIn(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/')))
    .toSorted();
}
