import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { PORTS_DIRECTORY, SHARED_DIRECTORY } from '../../../domain/crews/crews/crew-layout.ts';

export { AGENT_UID, SIDECAR_UID } from '../../../domain/crews/crews/crew-layout.ts';

/** Where a Docker host keeps what it shares with crew containers; absolute paths, as the daemon sees them. */
export interface CrewHostDirs {
  crewsDir: string;
  socketsDir: string;
  /** Programs of ours that run inside containers, named by content hash; mounted read-only at /opt/crewship/runtime. */
  runtimeDir: string;
}

/**
 * These directories, made where they are missing, by paths without links: the operator's own may lead through some, and
 * from here on none may.
 */
export async function realHostDirs<Name extends keyof CrewHostDirs>(
  dirs: Pick<CrewHostDirs, Name>,
): Promise<Pick<CrewHostDirs, Name>> {
  const found = Object.entries<string>(dirs).map(async ([name, dir]) => {
    await mkdir(dir, { recursive: true });
    return [name, await realpath(dir)];
  });
  return Object.fromEntries(await Promise.all(found)) as Pick<CrewHostDirs, Name>;
}

export interface CrewPaths {
  root: string;
  /** In it, what agents write: never read but through platform/host-files. Mounted at /runs. */
  runs: string;
  /** Written by supervisors, out of agents' reach: what attempts wrote and how they ended. Mounted at /records. */
  records: string;
  /** Written by the host alone; mounted read-only at /inputs. */
  inputs: string;
  workspace: string;
  output: string;
  crew: string;
  /** Holds the crew's API socket; mounted at /run/crewship, open to the sidecar's group only. */
  sockets: string;
  /** In it, the sidecar's own: where it listens for what the host asks of the container's ports. */
  ports: string;
  /** Which volumes have been given to the agent's uid. */
  volumesMarker: string;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$/;

/** Ids become path components, container names and labels; anything else is refused with a TypeError. */
export function checkedId(id: string): string {
  if (!ID.test(id)) throw new TypeError('not an id');
  return id;
}

export function crewPaths(dirs: Pick<CrewHostDirs, 'crewsDir' | 'socketsDir'>, crewId: string): CrewPaths {
  const root = path.join(dirs.crewsDir, checkedId(crewId));
  return {
    root,
    runs: path.join(root, 'runs'),
    records: path.join(root, 'records'),
    inputs: path.join(root, 'inputs'),
    workspace: path.join(root, 'workspace'),
    output: path.join(root, 'output'),
    crew: path.join(root, SHARED_DIRECTORY),
    sockets: path.join(dirs.socketsDir, crewId),
    ports: path.join(dirs.socketsDir, crewId, PORTS_DIRECTORY),
    volumesMarker: path.join(root, 'volumes.json'),
  };
}
