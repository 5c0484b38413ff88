import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { SHARED_DIRECTORY } from '../../../domain/crews/crews/crew-layout.ts';
import { HostFileError, nameIn } from '../../../platform/host-files/safe-open.ts';
import {
  type HeldDirectory,
  holdRealDirectory,
  makeRealDirectory,
} from '../../../platform/host-files/real-directory.ts';
import { AGENT_UID, type CrewHostDirs, type CrewPaths, crewPaths, SIDECAR_UID } from './crew-host-paths.ts';

/** Who this process is on the host. Root sets owners itself; anyone else has helper containers do it. */
export interface ProcessIdentity {
  uid: number;
  gid: number;
}

/**
 * Where each is in a container: the sockets in the sidecar's, the others in the crew's. `root` and `ports` are in none
 * under a name of their own.
 */
const TARGETS = {
  runs: '/runs',
  records: '/records',
  inputs: '/inputs',
  workspace: '/workspace',
  output: '/output',
  crew: '/crew',
  sockets: '/run/crewship',
} as const;

type Name = keyof typeof TARGETS | 'root' | 'ports';

/** A directory of a crew's on this host is not what it must be: no container is given it, and nothing is done there. */
export class UnsafeDirectoryError extends Error {
  readonly code = 'unsafe_directory';

  constructor(name: string, rule: string, options?: { cause?: unknown }) {
    super(`the crew’s directory “${name}” on its host ${rule}`, options);
    this.name = 'UnsafeDirectoryError';
  }
}

/** A crew's directories, held open while something is done with their names. */
export interface BindSources {
  /** Has the names still lead to what is held. Rejects with UnsafeDirectoryError. */
  verify(): Promise<void>;
  /**
   * Has what the container of this process has at its mount points be what is held: seen through the process, where
   * this one may look there. Rejects with UnsafeDirectoryError.
   */
  verifyIn(
    container: { readonly id: string; readonly pid: number },
    names: readonly (keyof typeof TARGETS)[],
  ): Promise<void>;
  /** Rejects for a directory that does not belong to whom it is for. */
  verifyOwners(): Promise<void>;
  close(): Promise<void>;
}

// Set-group-id: sockets made inside belong to the sidecar's group, also when the API may not give files away.
export const SOCKET_DIR_MODE = 0o2750;
// The sidecar's alone: it makes its socket there, and replaces it.
const PORTS_DIR_MODE = 0o700;
const RUNS_DIR_MODE = 0o711;
const MODES: Readonly<Record<Name, number>> = {
  // Only the daemon, which is root, needs to pass here; other users of the host stay out.
  root: 0o700,
  inputs: 0o755,
  // The supervisor makes directories there, which agents enter and cannot list, rename or remove.
  runs: RUNS_DIR_MODE,
  records: 0o700,
  workspace: 0o755,
  output: 0o755,
  crew: 0o755,
  sockets: 0o700,
  ports: 0o700,
};

/**
 * Makes the crew's directories where they are missing and holds them: each a real directory, on the file system of the
 * one that it lies in, reached through no link. Root gives them to their owners. The caller closes what is returned.
 * Rejects with UnsafeDirectoryError.
 */
export async function holdBindSources(
  dirs: Pick<CrewHostDirs, 'crewsDir' | 'socketsDir'>,
  identity: ProcessIdentity,
  crewId: string,
): Promise<BindSources> {
  const paths = crewPaths(dirs, crewId);
  const held = new Map<Name, HeldDirectory>();
  const close = async () => {
    for (const directory of held.values()) await directory.close();
  };
  try {
    for (const base of [dirs.crewsDir, dirs.socketsDir]) await mkdir(base, { recursive: true });
    const inBase = async (base: string, name: Name) => {
      const parent = await holdRealDirectory(base);
      try {
        await make(held, parent, name, crewId);
      } finally {
        await parent.close();
      }
    };
    await inBase(dirs.crewsDir, 'root');
    for (const name of ['inputs', 'runs', 'records', 'workspace', 'output', 'crew'] as const) {
      await make(held, held.get('root')!, name, name === 'crew' ? SHARED_DIRECTORY : name);
    }
    await inBase(dirs.socketsDir, 'sockets');
    await make(held, held.get('sockets')!, 'ports', path.basename(paths.ports));
    if (identity.uid === 0) await giveAsRoot(held);
  } catch (error) {
    await close();
    throw error instanceof HostFileError ? unsafe('', error) : error;
  }
  return {
    verify: () => verify(paths, held),
    verifyIn: (container, names) => verifyIn(held, container, names),
    async verifyOwners() {
      for (const [name, { handle }] of held) {
        if ((await handle.stat()).uid !== ownerOf(name, identity)) {
          throw new UnsafeDirectoryError(name, 'belongs to somebody else');
        }
      }
    },
    close,
  };
}

function unsafe(name: string, cause: HostFileError): UnsafeDirectoryError {
  return new UnsafeDirectoryError(name, 'is no real directory, or is reached through a link', { cause });
}

async function make(
  held: Map<Name, HeldDirectory>,
  parent: HeldDirectory,
  name: Name,
  component: string,
): Promise<void> {
  let directory: HeldDirectory;
  try {
    directory = await makeRealDirectory(parent, component, MODES[name]);
  } catch (error) {
    throw error instanceof HostFileError ? unsafe(name, error) : error;
  }
  held.set(name, directory);
  if (directory.device !== parent.device) throw new UnsafeDirectoryError(name, 'is on another file system');
}

function ownerOf(name: Name, { uid }: Pick<ProcessIdentity, 'uid'>): number {
  if (name === 'root' || name === 'inputs' || name === 'sockets') return uid;
  // Supervisors run as the container’s root.
  if (name === 'runs' || name === 'records') return 0;
  return name === 'ports' ? SIDECAR_UID : AGENT_UID;
}

/** By what is held, and by no name. */
async function giveAsRoot(held: ReadonlyMap<Name, HeldDirectory>): Promise<void> {
  for (const [name, directory] of held) {
    const itself = `/proc/self/fd/${directory.handle.fd}`;
    const owner = ownerOf(name, { uid: 0 });
    await chown(itself, owner, name === 'sockets' ? SIDECAR_UID : owner);
    if (name === 'sockets') await chmod(itself, SOCKET_DIR_MODE);
    if (name === 'ports') await chmod(itself, PORTS_DIR_MODE);
    if (name === 'runs') await chmod(itself, RUNS_DIR_MODE);
  }
}

async function verify(paths: CrewPaths, held: ReadonlyMap<Name, HeldDirectory>): Promise<void> {
  for (const [name, { identity }] of held) await verifyOne(name, identity, () => holdRealDirectory(paths[name]));
}

async function verifyIn(
  held: ReadonlyMap<Name, HeldDirectory>,
  { id, pid }: { readonly id: string; readonly pid: number },
  names: readonly (keyof typeof TARGETS)[],
): Promise<void> {
  const process = await holdProcess(id, pid);
  if (process === null) return;
  try {
    for (const name of names) {
      const { identity } = held.get(name)!;
      await verifyOne(name, identity, () => holdRealDirectory(TARGETS[name], nameIn(process.handle, 'root')));
    }
  } finally {
    await process.close();
  }
}

/** Null: this process may not look there, or sees other processes than the daemon does. */
async function holdProcess(containerId: string, pid: number): Promise<HeldDirectory | null> {
  const process = await holdRealDirectory(`/proc/${pid}`).catch(() => null);
  if (process === null) return null;
  try {
    // Of the process that is held: one that got its number later is another one.
    const cgroups = await readFile(nameIn(process.handle, 'cgroup'), 'utf8');
    const root = await holdRealDirectory('/', nameIn(process.handle, 'root'));
    await root.close();
    if (cgroups.includes(containerId)) return process;
  } catch {
    // Not ours to see.
  }
  await process.close();
  return null;
}

async function verifyOne(name: string, identity: string, open: () => Promise<HeldDirectory>): Promise<void> {
  let found: HeldDirectory;
  try {
    found = await open();
  } catch (error) {
    throw error instanceof HostFileError ? unsafe(name, error) : error;
  }
  await found.close();
  if (found.identity !== identity) throw new UnsafeDirectoryError(name, 'is not the one that it was');
}
