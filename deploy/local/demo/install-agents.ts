import { chmod, cp, readdir } from 'node:fs/promises';
import path from 'node:path';

const SOURCE = path.join(import.meta.dirname, 'agents');

/** Folder of the demo's programs within the tools directory. */
const FOLDER = 'demo';

/**
 * Copies the demo's agents into a tools directory. Agents run as a user of their own, who may be unable to read a
 * checkout; the copies are readable by everybody. Returns their folder as agents see it.
 */
export async function installAgents(toolsDir: string): Promise<string> {
  const target = path.join(toolsDir, FOLDER);
  await cp(SOURCE, target, { recursive: true });
  for (const directory of [toolsDir, target]) await chmod(directory, 0o755);
  for (const name of await readdir(SOURCE)) await chmod(path.join(target, name), 0o644);
  return `/opt/crewship/tools/${FOLDER}`;
}
