import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../../../platform/host-files/write-file-atomically.ts';

/** Names of the programs in the runtime directory, which containers see at /opt/crewship/runtime. */
export interface ExecPrograms {
  /** Runs one attempt, and holds containers open. */
  readonly supervisor: string;
  /** What the helper of attempts' groups runs. */
  readonly groups: string;
}

/** As Node names them; `npm run supervisor` builds one for each. */
const ARCHITECTURES = ['x64', 'arm64'];

async function install(runtimeDir: string, source: URL, name: (digest: string) => string): Promise<string> {
  const content = await readFile(source);
  const file = name(createHash('sha256').update(content).digest('hex').slice(0, 16));
  await writeFileAtomically(path.join(runtimeDir, file), content, 0o555);
  return file;
}

/**
 * Puts the programs into the host's runtime directory, under names that hold their content's hash: running containers
 * see new versions beside the old ones, and an attempt under way keeps its own. Idempotent.
 */
export async function installExecPrograms(runtimeDir: string): Promise<ExecPrograms> {
  const { arch } = process;
  if (!ARCHITECTURES.includes(arch)) throw new TypeError(`no supervisor for ${arch}`);
  await mkdir(runtimeDir, { recursive: true, mode: 0o755 });
  const supervisorFile = new URL(`./supervisor/${arch}`, import.meta.url);
  const groupsFile = new URL('../groups/groups-program.ts', import.meta.url);
  const [supervisor, groups] = await Promise.all([
    install(runtimeDir, supervisorFile, (digest) => `supervisor-${digest}`),
    install(runtimeDir, groupsFile, (digest) => `groups-${digest}.mts`),
  ]);
  return { supervisor, groups };
}
