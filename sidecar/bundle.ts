import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/**
 * What the MCP SDK brings and the sidecar never runs, two thirds of its code: validation of what clients are asked,
 * which it does not do, and the languages of error messages.
 */
const leaveOutUnused: Plugin = {
  name: 'leave out unused',
  setup({ onLoad }) {
    const validator = 'export class AjvJsonSchemaValidator {}';
    onLoad({ filter: /\/sdk\/dist\/esm\/validation\/ajv-provider\.js$/ }, () => ({ contents: validator }));
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {}' }));
  },
};

/**
 * Bundles the sidecar into one file in a directory, under a name that holds its content's hash, and returns that name.
 * Idempotent and atomic: processes may do it at once, and a file that a running sidecar came from is never changed.
 */
export async function bundleSidecar(directory: string): Promise<{ file: string; path: string }> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    // An ECMAScript module reads every export of node:http as it starts, and with them loads undici: a third of what a
    // start takes.
    format: 'cjs',
    target: 'node24',
    legalComments: 'none',
    // The text stays in memory. Names stay too, for traces.
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [leaveOutUnused],
    logLevel: 'silent',
  });
  const content = result.outputFiles[0]?.contents;
  if (content === undefined) throw new Error('the sidecar bundle is empty');
  const file = `sidecar-${createHash('sha256').update(content).digest('hex').slice(0, 16)}.cjs`;
  const target = path.join(directory, file);
  const temporary = `${target}.${randomUUID()}`;
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await writeFile(temporary, content);
  await chmod(temporary, 0o444);
  await rename(temporary, target);
  return { file, path: target };
}
