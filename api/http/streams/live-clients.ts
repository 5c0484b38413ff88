import { createSharedPlaces } from '../../../platform/limits/shared-places.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';

/** A connection that stays open: an event stream or a socket. */
export interface LiveClient {
  /**
   * Called every second: heartbeats, and the end of clients that do not read. `stoodMs`: for so long this process stood
   * still since the last time, frozen or without a core, and nobody could be read. That is no client's doing.
   */
  tick(nowMs: number, stoodMs: number): void;
  /** The process is going down: tells the client and ends the connection. */
  shutDown(): void;
}

export interface LiveClients {
  /**
   * Takes a client of somebody in; refuses with `unavailable` beyond the limit, of which some places are kept for who
   * has few, and when closed. Returns how it leaves.
   */
  admit(client: LiveClient, whom: string): () => void;
  readonly size: number;
  start(): void;
  close(): void;
}

const TICK_MS = 1_000;

/** All connections of this process that stay open: one limit, one timer, one end. */
export function createLiveClients(maxClients: number): LiveClients {
  const clients = new Set<LiveClient>();
  const places = createSharedPlaces(maxClients);
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  return {
    admit(client, whom) {
      if (isClosed) throw new CrewshipError('unavailable', 'this process is shutting down; connect again');
      const leave = places.take(whom);
      if (leave === null) throw new CrewshipError('unavailable', 'too many clients are connected here; connect again');
      clients.add(client);
      return () => {
        clients.delete(client);
        leave();
      };
    },
    get size() {
      return clients.size;
    },
    start() {
      let dueMs = performance.now() + TICK_MS;
      timer = setInterval(() => {
        const nowMs = performance.now();
        const stoodMs = Math.max(0, nowMs - dueMs);
        dueMs = nowMs + TICK_MS;
        for (const client of clients) client.tick(nowMs, stoodMs);
      }, TICK_MS);
      timer.unref();
    },
    close() {
      isClosed = true;
      clearInterval(timer);
      for (const client of clients) client.shutDown();
    },
  };
}
