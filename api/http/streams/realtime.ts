import type { Database } from '../../../db/kernel/database.ts';
import { findIdentities } from '../../../db/people/identity/find-identity.ts';
import { findFirstOfStream, readStream, readStreamPositions } from '../../../db/evidence/journal/read-stream.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { type AccessWatch, createAccessWatch } from './access-watch.ts';
import { createJournalTails, type JournalTails } from './journal-tails.ts';
import { provisionLogEvent } from '../../../domain/crews/provisioning/provision-events.ts';
import type { JournalEvents } from '../../../domain/kernel/realtime/events-of-entry.ts';
import { frameOf } from './tail-entry.ts';
import { createLiveClients, type LiveClients } from './live-clients.ts';

/** What event streams and sockets of this process share. */
export interface Realtime {
  readonly tails: JournalTails;
  readonly access: AccessWatch;
  readonly clients: LiveClients;
  readonly timings: RealtimeTimings;
  start(): void;
  /** Ends every connection; nothing new is admitted. */
  close(): void;
}

export interface RealtimeTimings {
  /** Between looks for announcements that got lost. */
  readonly lookEveryMs: number;
  /** Between checks of the rights of those who are connected. */
  readonly checkAccessEveryMs: number;
  readonly streamHeartbeatMs: number;
  readonly socketPingMs: number;
  /** How long a client may take nothing of what waits for it. */
  readonly stallLimitMs: number;
}

const REALTIME_TIMINGS: RealtimeTimings = {
  lookEveryMs: 5_000,
  checkAccessEveryMs: 15_000,
  streamHeartbeatMs: 15_000,
  socketPingMs: 30_000,
  stallLimitMs: 10_000,
};

export function createRealtime(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly bus: Pick<WakeBus, 'subscribe'>;
  /** What entries become on the channels. */
  readonly events: JournalEvents;
  readonly maxClients: number;
  readonly timings?: Partial<RealtimeTimings>;
  readonly log: Logger;
}): Realtime {
  const { database, log } = deps;
  const timings = { ...REALTIME_TIMINGS, ...deps.timings };
  const tails = createJournalTails({
    readStream: (workspaceId, range) => readStream(database.reads, workspaceId, range),
    findFirst: (workspaceId, range) => findFirstOfStream(database.reads, workspaceId, range),
    readPositions: (workspaceIds) => readStreamPositions(database.reads, workspaceIds),
    events: deps.events,
    log,
  });
  const access = createAccessWatch({
    read: (credentialIds) => findIdentities(database.systemReads, credentialIds),
    log,
  });
  const clients = createLiveClients(deps.maxClients);
  const timers: NodeJS.Timeout[] = [];

  function tellOfLog(workspaceId: string, crewId: string): void {
    tails.hint(workspaceId, frameOf(provisionLogEvent(workspaceId, crewId)));
  }

  return {
    tails,
    access,
    clients,
    timings,
    start() {
      clients.start();
      timers.push(setInterval(() => void tails.look(), timings.lookEveryMs));
      timers.push(setInterval(() => void access.check(), timings.checkAccessEveryMs));
      for (const timer of timers) timer.unref();
      // Subscribing never rejects, and clients need not wait for it: the looks find what is not announced.
      void deps.bus.subscribe({
        onWake(wake) {
          if (wake.topic === 'journal' && wake.position !== undefined) tails.grown(wake.workspaceId, wake.position);
          if (wake.topic === 'provision_log') tellOfLog(wake.workspaceId, wake.id);
          if (wake.topic === 'access') void access.check();
        },
        onReconnect() {
          void tails.look();
          void access.check();
        },
      });
    },
    close() {
      for (const timer of timers) clearInterval(timer);
      clients.close();
    },
  };
}
