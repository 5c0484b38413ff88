import { chmod, cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Makes the data folder, with the agents where the user they run as can read them. Returns their folder. */
export async function prepareBenchData(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const toolsDir = path.join(dataDir, 'tools');
  const source = path.join(import.meta.dirname, 'agents');
  await cp(source, toolsDir, { recursive: true });
  await chmod(toolsDir, 0o755);
  for (const name of await readdir(source)) await chmod(path.join(toolsDir, name), 0o644);
  return toolsDir;
}
