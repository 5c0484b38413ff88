import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Keeps a recorded history. Where the project lay is not part of it: stacks of failures say so. */
export async function writeHistory(
  directory: string,
  name: string,
  history: Parameters<typeof historyToJSON>[0],
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, `${name}.json`), `${historyToJSON(history).replaceAll(ROOT, '/crewship')}\n`);
}
