import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const root = path.resolve(import.meta.dirname, '../..');
/** All that the bundle can contain of ours. */
const SOURCES = ['workflows', 'domain'];

async function hashSources(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(path.join(root, 'package-lock.json')));
  for (const folder of SOURCES) {
    const names = (await readdir(path.join(root, folder), { recursive: true })).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    );
    for (const name of names.sort()) hash.update(name).update(await readFile(path.join(root, folder, name)));
  }
  return hash.digest('hex').slice(0, 24);
}

/**
 * The workflows as one script. Building takes seconds, so it is kept in the data directory under the hash of what it is
 * made from; processes that build it at once write the same file.
 */
export async function workflowBundle(dataDir: string): Promise<WorkflowBundleWithSourceMap> {
  const directory = path.join(dataDir, 'bundles');
  const target = path.join(directory, `workflows-${await hashSources()}.js`);
  try {
    return { code: await readFile(target, 'utf8') } as WorkflowBundleWithSourceMap;
  } catch {
    const bundle = await bundleWorkflowCode({ workflowsPath: path.join(root, 'workflows/index.ts') });
    await mkdir(directory, { recursive: true });
    await writeFile(`${target}.${process.pid}`, bundle.code);
    await rename(`${target}.${process.pid}`, target);
    return bundle;
  }
}
