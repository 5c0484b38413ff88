import path from 'node:path';
import { build } from 'esbuild';

/** The files of the checkout that a process is made of, by path from its root. */
export type ProcessSources = ReadonlySet<string>;

/**
 * Follows the imports of the entry points. What a process reads beside its modules (a script, a document) lies in a
 * folder of one of them, see {@link isMadeOf}. Throws when an entry point, or what it imports, can't be read or parsed.
 */
export async function readProcessSources(root: string, entries: readonly string[]): Promise<ProcessSources> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => path.join(root, entry)),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'unused',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return new Set(Object.keys(metafile.inputs));
}

const MODULE = /\.(ts|mjs|js)$/;
/** What editors put beside a file for a moment. */
const PASSING = /(^|\/)(\.[^/]*|[^./]*|[^/]*~)$/;
/** Every process speaks to the schema that these make. */
export const MIGRATIONS = 'db/migrations/';

/** Whether a process is another one after a change of this file: a module of its own, or what lies beside one. */
export function isMadeOf(sources: ProcessSources, file: string): boolean {
  if (file.startsWith(MIGRATIONS)) return file.endsWith('.sql');
  if (MODULE.test(file)) return sources.has(file);
  if (PASSING.test(file)) return false;
  const folder = path.posix.dirname(file);
  return [...sources].some((source) => path.posix.dirname(source) === folder);
}
