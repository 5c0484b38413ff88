import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../../../platform/host-files/write-file-atomically.ts';

/** Names of the programs in the runtime directory, which containers see at /opt/crewship/runtime. */
export interface ExecScripts {
  wrapper: string;
  cancel: string;
}

async function install(runtimeDir: string, name: string): Promise<string> {
  const content = await readFile(new URL(`./${name}.sh`, import.meta.url));
  const file = `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 16)}.sh`;
  await writeFileAtomically(path.join(runtimeDir, file), content, 0o555);
  return file;
}

/**
 * Puts the wrapper and the cancel script into the host's runtime directory, under names that hold their content's
 * hash: running containers see new versions beside the old ones, and an attempt under way keeps its own. Idempotent.
 */
export async function installExecScripts(runtimeDir: string): Promise<ExecScripts> {
  await mkdir(runtimeDir, { recursive: true, mode: 0o755 });
  const [wrapper, cancel] = await Promise.all([install(runtimeDir, 'wrapper'), install(runtimeDir, 'cancel')]);
  return { wrapper, cancel };
}
