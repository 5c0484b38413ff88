import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createFileWhole } from '../../../platform/host-files/create-file-whole.ts';
import { findFreePort, isPortFree } from './free-port.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

/**
 * The ports of one data folder. A port once chosen is kept in `ports.json`, so that a second start has the same
 * addresses. Reservations in the system's temporary folder keep two checkouts that start at once from choosing the same
 * port before either listens on it.
 */
export type LocalPorts = {
  /** The kept port, else the preferred, else any free one. `held`: a leftover of ours may listen on the kept port. */
  take: (name: string, preferred: number, held?: boolean) => Promise<number>;
  /** Forgets a port that turned out to be taken. */
  discard: (name: string) => Promise<void>;
  /** Gives the reservations back; the choice is kept for the next start. */
  release: () => Promise<void>;
};

type Reservation = { identity: ProcessIdentity; dataDir: string };

export async function openLocalPorts(
  dataDir: string,
  reservationsDir = path.join(os.tmpdir(), `crewship-ports-${process.getuid?.() ?? 'user'}`),
): Promise<LocalPorts> {
  const file = path.join(dataDir, 'ports.json');
  const kept: Record<string, number> = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  const reserved = new Map<string, number>();
  await mkdir(reservationsDir, { recursive: true, mode: 0o700 });
  // Parts start in parallel and share the file: choices are made one after the other.
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  };

  async function choose(name: string, preferred: number, held: boolean): Promise<number> {
    const current = kept[name];
    const inUseHere = new Set([...reserved].filter(([other]) => other !== name).map(([, port]) => port));
    const keptElsewhere = new Set(Object.entries(kept).flatMap(([other, port]) => (other === name ? [] : [port])));
    if (current !== undefined && !inUseHere.has(current) && (await reserve(current))) {
      if (held || (await isPortFree(current))) return current;
    }
    if (!keptElsewhere.has(preferred) && (await isPortFree(preferred)) && (await reserve(preferred))) return preferred;
    for (;;) {
      const port = await findFreePort();
      if (!keptElsewhere.has(port) && (await reserve(port))) return port;
    }
  }

  async function reserve(port: number): Promise<boolean> {
    const reservation = path.join(reservationsDir, String(port));
    const own = JSON.stringify({ identity: ownIdentity(), dataDir } satisfies Reservation);
    for (;;) {
      if (await createFileWhole(reservation, own)) return true;
      const other = await readReservation(reservation);
      if (other && other.dataDir !== dataDir && isAlive(other.identity)) return false;
      await rm(reservation, { force: true });
    }
  }

  return {
    take: (name, preferred, held = false) =>
      inTurn(async () => {
        const port = await choose(name, preferred, held);
        reserved.set(name, port);
        if (kept[name] !== port) {
          kept[name] = port;
          await writeFile(`${file}.new`, `${JSON.stringify(kept, undefined, 2)}\n`);
          await rename(`${file}.new`, file);
        }
        return port;
      }),
    discard: (name) =>
      inTurn(async () => {
        delete kept[name];
        const port = reserved.get(name);
        reserved.delete(name);
        if (port !== undefined) await rm(path.join(reservationsDir, String(port)), { force: true });
      }),
    release: () =>
      inTurn(async () => {
        for (const port of reserved.values()) {
          const reservation = path.join(reservationsDir, String(port));
          if ((await readReservation(reservation))?.dataDir === dataDir) await rm(reservation, { force: true });
        }
        reserved.clear();
      }),
  };
}

/**
 * Runs `attempt` on chosen ports. If it fails and one of them is taken by then (another program was faster), it is run
 * again on others. `attempt` must leave nothing running when it rejects.
 */
export async function withPorts<const Names extends readonly (readonly [string, number])[], T>(
  ports: LocalPorts,
  wanted: Names,
  options: { held: boolean },
  attempt: (...chosen: number[]) => Promise<T>,
): Promise<T> {
  for (let attemptsLeft = 3; ; attemptsLeft -= 1) {
    const chosen: number[] = [];
    for (const [name, preferred] of wanted) chosen.push(await ports.take(name, preferred, options.held));
    try {
      return await attempt(...chosen);
    } catch (error) {
      const free = await Promise.all(chosen.map(isPortFree));
      if (attemptsLeft === 0 || free.every(Boolean)) throw error;
      for (const [index, [name]] of wanted.entries()) if (!free[index]) await ports.discard(name);
    }
  }
}

async function readReservation(file: string): Promise<Reservation | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Reservation;
  } catch {
    // Given back in between.
    return undefined;
  }
}
