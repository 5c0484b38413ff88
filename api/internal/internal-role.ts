import { findCrewWorkspaces } from '../../db/crews/crew-workspaces.ts';
import { readWaitedEscalations } from '../../db/escalations/read-escalations.ts';
import { createJournalWriter } from '../../db/journal/journal-writer.ts';
import { readWaitedQueries } from '../../db/peers/read-peer-requests.ts';
import type { Database } from '../../db/kernel/database.ts';
import { createLedgerWriter } from '../../db/ledger/ledger-writer.ts';
import type { WakeBus } from '../../platform/bus/wake-bus.ts';
import type { InternalTokens } from '../../platform/internal-tokens/internal-tokens.ts';
import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import { openRateCard } from '../../platform/rate-card/rate-card-file.ts';
import { waiterCapacity } from '../waits/waiter-capacity.ts';
import { createWaiters } from '../waits/waiters.ts';
import type { ThisHost } from './crew-directory.ts';
import { createCrewConnections } from './crew-scope.ts';
import { createCrewSockets } from './crew-sockets.ts';
import { createInternalApp } from './internal-app.ts';

/** Agents that wait for another's answer, each for a run of its own: far fewer than those that wait for people. */
const MAX_QUERIES = 1_000;
/** Parked clients are answered at once when closing; this is for requests that are being worked on. */
const CLOSE_GRACE_MS = 5_000;

export interface InternalRole {
  /** Crews served now. */
  readonly crews: number;
  /** Clients parked now. */
  readonly waiters: number;
  /** Accepts nothing new, sends waiting clients away with 503 so that they ask again, and lets the rest finish. */
  close(): Promise<void>;
}

/** Serves the crews of this Docker host on their sockets. Resolves when the crews that exist are served. */
export async function startInternalRole(deps: {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly bus: Pick<WakeBus, 'subscribe'>;
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly socketsDir: string;
  readonly host: ThisHost;
  readonly publicUrl?: string | undefined;
  readonly maxWaiters: number;
  /** The operator's prices; those that come with the product otherwise. */
  readonly rateCardFile?: string | undefined;
  /** Connections that the public listener of this process may hold: they need descriptors too. */
  readonly otherClients?: number;
  readonly log: Logger;
}): Promise<InternalRole> {
  const { database, log } = deps;
  const escalationWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedEscalations(database.reads, workspaceIds, ids),
    maxWaiters: waiterCapacity(deps.maxWaiters, log, deps.otherClients),
    log,
  });
  const queryWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedQueries(database.reads, workspaceIds, ids),
    maxWaiters: MAX_QUERIES,
    log,
  });
  const connections = createCrewConnections();
  const ledger = createLedgerWriter({ db: database, log });
  const journalWriter = createJournalWriter({ db: database });
  const app = await createInternalApp({
    ...deps,
    connections,
    escalationWaiters,
    queryWaiters,
    ledger,
    journalWriter,
    publicUrl: deps.publicUrl,
    rateCard: openRateCard({ file: deps.rateCardFile, log }),
  });
  const sockets = createCrewSockets({
    socketsDir: deps.socketsDir,
    connections,
    findWorkspaces: (crewIds) => findCrewWorkspaces(database.systemReads, crewIds),
    handle: app.handle,
    log,
  });
  const subscribed = deps.bus.subscribe({
    onWake(wake) {
      if (wake.topic === 'escalation') escalationWaiters.wake(wake.id);
      else if (wake.topic === 'query') queryWaiters.wake(wake.id);
    },
    onReconnect() {
      escalationWaiters.wakeAll();
      queryWaiters.wakeAll();
    },
  });
  await Promise.all([subscribed, sockets.start()]);
  log.info({ crews: sockets.size, sockets_dir: deps.socketsDir }, 'serving crews');

  return {
    get crews() {
      return sockets.size;
    },
    get waiters() {
      return escalationWaiters.size + queryWaiters.size;
    },
    async close() {
      const closed = sockets.close(CLOSE_GRACE_MS);
      escalationWaiters.close();
      queryWaiters.close();
      await closed;
      await app.close();
      // Requests that were cut off are still being committed.
      await Promise.all([ledger.close(), journalWriter.close()]);
    },
  };
}
