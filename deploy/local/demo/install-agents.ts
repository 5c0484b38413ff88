import { chmod, cp, readdir } from 'node:fs/promises';
import path from 'node:path';

const SOURCE = path.join(import.meta.dirname, 'agents');

/**
 * Copies the demo's agents into an operator's tools directory (CREWSHIP_TOOLS_DIR). Agents run as a user of their own,
 * who may be unable to read a checkout; the copies are readable by everybody.
 */
export async function installAgents(toolsDir: string): Promise<void> {
  await cp(SOURCE, toolsDir, { recursive: true });
  await chmod(toolsDir, 0o755);
  for (const name of await readdir(SOURCE)) await chmod(path.join(toolsDir, name), 0o644);
}
