import { type FSWatcher, watch } from 'node:fs';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { Logger } from '../../../platform/logging/logger.ts';
import { type CrewListener, openCrewListener } from './crew-listener.ts';
import type { CrewConnections } from '../caller/crew-scope.ts';

const CREW_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$/;
/** Directory watching may miss things (a full queue, a directory moved away and back). */
const SWEEP_MS = 10_000;
const LOOKUP_IDS = 1_000;

export interface CrewSockets {
  /** Serves the crews whose directories exist, and from then on those that come. Resolves after the first sweep. */
  start(): Promise<void>;
  /** Crews being served. */
  readonly size: number;
  /** Accepts nothing new and resolves when what is under way is answered; cuts it after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** A directory as it was when its socket was made: another inode or group needs another socket. */
interface Served {
  readonly inode: number;
  readonly groupId: number;
  readonly listener: CrewListener;
}

/**
 * One unix socket a crew: `<socketsDir>/<crewId>/api.sock`. The directory's existence is the request to serve it and
 * its removal the end of that; nothing else is asked or told. Directories are made by the host's worker, which also
 * gives them to the sidecar's group.
 */
export function createCrewSockets(deps: {
  readonly socketsDir: string;
  readonly connections: Pick<CrewConnections, 'claim'>;
  readonly findWorkspaces: (crewIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly connect: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}): CrewSockets {
  const { socketsDir, log } = deps;
  const served = new Map<string, Served>();
  const unknown = new Set<string>();
  let watcher: FSWatcher | undefined;
  let sweepTimer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isDue = false;
  let isClosed = false;

  async function findDirectories(): Promise<Map<string, { inode: number; groupId: number }>> {
    const entries = await readdir(socketsDir, { withFileTypes: true });
    const found = new Map<string, { inode: number; groupId: number }>();
    for (const entry of entries) {
      if (!entry.isDirectory() || !CREW_ID.test(entry.name)) continue;
      try {
        const { ino: inode, gid: groupId } = await lstat(path.join(socketsDir, entry.name));
        found.set(entry.name, { inode, groupId });
      } catch {
        // Removed since it was listed.
      }
    }
    return found;
  }

  async function findWorkspaces(crewIds: readonly string[]): Promise<Map<string, string>> {
    const all = new Map<string, string>();
    for (let from = 0; from < crewIds.length; from += LOOKUP_IDS) {
      for (const [id, workspaceId] of await deps.findWorkspaces(crewIds.slice(from, from + LOOKUP_IDS))) {
        all.set(id, workspaceId);
      }
    }
    return all;
  }

  function release(crewId: string): void {
    const { listener } = served.get(crewId)!;
    served.delete(crewId);
    void listener.close(0);
  }

  async function serve(
    crewId: string,
    workspaceId: string,
    directory: { inode: number; groupId: number },
  ): Promise<void> {
    try {
      const listener = await openCrewListener({
        scope: { crewId, workspaceId },
        directory: path.join(socketsDir, crewId),
        connections: deps.connections,
        handle: deps.handle,
        connect: deps.connect,
      });
      const before = served.get(crewId);
      served.set(crewId, { ...directory, listener });
      // The new socket has taken the name: clients that are cut off here come back there.
      void before?.listener.close(0);
    } catch (error) {
      log.warn({ err: error, crew_id: crewId }, 'a crew’s socket could not be opened');
    }
  }

  async function sweepOnce(): Promise<void> {
    const found = await findDirectories();
    for (const crewId of [...served.keys()]) if (!found.has(crewId)) release(crewId);
    const wanted = [...found].filter(([crewId, { inode, groupId }]) => {
      const now = served.get(crewId);
      return now === undefined || now.inode !== inode || now.groupId !== groupId;
    });
    if (wanted.length === 0) return;
    const workspaces = await findWorkspaces(wanted.map(([crewId]) => crewId));
    for (const [crewId, directory] of wanted) {
      if (isClosed) return;
      const workspaceId = workspaces.get(crewId);
      if (workspaceId !== undefined) await serve(crewId, workspaceId, directory);
      else if (!unknown.has(crewId)) {
        unknown.add(crewId);
        log.info({ crew_id: crewId }, 'a socket directory belongs to no live crew');
      }
    }
  }

  /** One sweep at a time; what happens during one is seen by the next. */
  function sweep(): Promise<void> {
    isDue = true;
    running ??= (async () => {
      while (isDue && !isClosed) {
        isDue = false;
        try {
          await sweepOnce();
        } catch (error) {
          log.warn({ err: error }, 'socket directories could not be served; trying again');
        }
      }
      running = undefined;
    })();
    return running;
  }

  return {
    async start() {
      await mkdir(socketsDir, { recursive: true, mode: 0o700 });
      watcher = watch(socketsDir, { persistent: false }, () => void sweep());
      watcher.on('error', (error) => log.warn({ err: error }, 'socket directories are no longer watched, only swept'));
      sweepTimer = setInterval(() => void sweep(), SWEEP_MS);
      sweepTimer.unref();
      await sweep();
    },
    get size() {
      return served.size;
    },
    async close(graceMs) {
      isClosed = true;
      watcher?.close();
      clearInterval(sweepTimer);
      await running;
      const listeners = [...served.values()].map(({ listener }) => listener);
      served.clear();
      await Promise.all(listeners.map((listener) => listener.close(graceMs)));
    },
  };
}
