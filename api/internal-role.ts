import { stopWaitingOnHost } from '../commands/engine/runs/wait-for-answer.ts';
import { createRunWaits } from './http/waits/run-waits.ts';
import type { AddressInfo } from 'node:net';
import { findCrewWorkspaces } from '../db/crews/crews/crew-workspaces.ts';
import { readWaitedApprovals } from '../db/people/approvals/approvals-store.ts';
import { readWaitedEscalations } from '../db/people/escalations/read-escalations.ts';
import { createJournalWriter } from '../commands/group-commit/journal-writer.ts';
import { readWaitedQueries } from '../db/work/peers/read-peer-requests.ts';
import { readWaitedKeeperRequests } from '../db/vault/keeper/read-keeper-requests.ts';
import type { Database } from '../db/kernel/database.ts';
import { createCallMeter } from '../commands/group-commit/call-meter.ts';
import { createLedgerWriter } from '../commands/group-commit/ledger-writer.ts';
import type { WakeBus } from '../platform/bus/wake-bus.ts';
import type { InternalTokens } from '../platform/internal-tokens/internal-tokens.ts';
import type { KeyRing } from '../platform/crypto/key-ring.ts';
import type { Logger } from '../platform/logging/logger.ts';
import { openRateCard } from '../platform/rate-card/rate-card-file.ts';
import { createEgress, type EgressSettings } from './crew-side/egress/egress.ts';
import type { Resolve } from '../platform/guarded-http/public-addresses.ts';
import { waiterCapacity } from './http/waits/waiter-capacity.ts';
import { createWaiters } from './http/waits/waiters.ts';
import { createCrewConnections } from './crew-side/caller/crew-scope.ts';
import { type ApiFeature, features } from './features.ts';
import { createCrewSockets } from './crew-side/listeners/crew-sockets.ts';
import { createInternalApp } from './crew-side/listeners/internal-app.ts';
import { type InternalDeps, internalRoutes } from './http/kernel/feature.ts';
import type { Route } from './http/kernel/route.ts';
import { createLiveRuns } from './crew-side/caller/live-runs.ts';
import { createLiveCrews } from './crew-side/caller/live-crews.ts';
import { createNetworkCallers } from './crew-side/caller/network-callers.ts';
import { openNetworkListener } from './crew-side/listeners/network-listener.ts';
import { createOriginGate } from './crew-side/listeners/origin-gate.ts';
import { missionNames } from './work/missions/mission-names.ts';

/** Agents that wait for another's answer, each for a run of its own: far fewer than those that wait for people. */
const MAX_QUERIES = 1_000;
/** Agents that wait for the keeper, each for less than two minutes. */
const MAX_KEEPER_WAITS = 1_000;
/** Parked clients are answered at once when closing; this is for requests that are being worked on. */
const CLOSE_GRACE_MS = 5_000;
/** Requests over the network that are answered at once. */
const OTHER_CONNECTIONS = 500;

export interface InternalRole {
  /** What it serves. */
  readonly routes: readonly Route[];
  /** Crews served now. */
  readonly crews: number;
  /** Clients parked now. */
  readonly waiters: number;
  /** Where the network listener is; null without one. */
  readonly networkAddress: AddressInfo | null;
  /** Accepts nothing new, sends waiting clients away with 503 so that they ask again, and lets the rest finish. */
  close(): Promise<void>;
}

/** What the routes need and the role makes itself. */
type MadeHere =
  | 'runWaits'
  | 'escalationWaiters'
  | 'approvalWaiters'
  | 'queryWaiters'
  | 'keeperWaiters'
  | 'ledger'
  | 'journalWriter'
  | 'rateCard';

/** What the features' routes for sidecars need, and what serves them. */
export interface InternalRoleDeps extends Omit<InternalDeps<ApiFeature>, MadeHere | 'publicUrl'> {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly bus: Pick<WakeBus, 'subscribe'>;
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly socketsDir: string;
  /** Where the public listener is reached; addresses are relative without it. */
  readonly publicUrl?: string | undefined;
  readonly maxWaiters: number;
  /** Attempts of a host that may wait for people without their places. */
  readonly maxWaitingRuns: number;
  /** The operator's prices; those that come with the product otherwise. */
  readonly rateCardFile?: string | undefined;
  /** The internal routes over TCP as well; port 0 takes a free one. Nobody is served there unless this is given. */
  readonly network?: { readonly host: string; readonly port: number } & Parameters<typeof createOriginGate>[0];
  /** Connections that the public listener of this process may hold: they need descriptors too. */
  readonly otherClients?: number;
  readonly egress: EgressSettings;
  /** How names are resolved; the host's way otherwise. */
  readonly resolve?: Resolve;
  readonly log: Logger;
}

/** Serves the crews of this Docker host on their sockets. Resolves when the crews that exist are served. */
export async function startInternalRole(deps: InternalRoleDeps): Promise<InternalRole> {
  const { database, log } = deps;
  const escalationCapacity = waiterCapacity(deps.maxWaiters, log, deps.otherClients);
  const escalationWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedEscalations(database.reads, workspaceIds, ids),
    maxWaiters: escalationCapacity,
    log,
  });
  // As many as questions: what bounds both is descriptors, and a client waits for one of them.
  const approvalWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedApprovals(database.reads, workspaceIds, ids),
    maxWaiters: escalationCapacity,
    log,
  });
  const queryWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedQueries(database.reads, workspaceIds, ids),
    maxWaiters: Math.min(MAX_QUERIES, deps.maxWaiters),
    log,
  });
  const keeperWaiters = createWaiters({
    read: (workspaceIds, ids) => readWaitedKeeperRequests(database.reads, workspaceIds, ids),
    maxWaiters: Math.min(MAX_KEEPER_WAITS, deps.maxWaiters),
    log,
  });
  const connections = createCrewConnections();
  const callers = createNetworkCallers();
  const ledger = createLedgerWriter({ db: database, log });
  const journalWriter = createJournalWriter({ db: database });
  const rateCard = openRateCard({ file: deps.rateCardFile, log });
  const meter = createCallMeter({ db: database, ledger, rateCard, log });
  const routes = internalRoutes(features, {
    ...deps,
    escalationWaiters,
    approvalWaiters,
    queryWaiters,
    runWaits: createRunWaits({ database, maxWaiting: deps.maxWaitingRuns, log }),
    keeperWaiters,
    ledger,
    journalWriter,
    publicUrl: deps.publicUrl,
    rateCard,
  });
  const findLiveCrew = createLiveCrews(database.systemReads);
  const isLiveRun = createLiveRuns(database.systemReads);
  const app = await createInternalApp({
    names: missionNames(database.reads),
    ...deps,
    routes,
    connections,
    network: callers,
    findLiveCrew,
    isLiveRun,
  });
  const egress = createEgress({
    ...deps,
    connections,
    findLiveCrew,
    isLiveRun,
    journalWriter,
    meter,
    settings: deps.egress,
  });
  const sockets = createCrewSockets({
    socketsDir: deps.socketsDir,
    connections,
    findWorkspaces: (crewIds) => findCrewWorkspaces(database.systemReads, crewIds),
    handle: (request, response) =>
      egress.takes(request) ? egress.handle(request, response) : app.handle(request, response),
    connect: egress.connect,
    log,
  });
  const subscribed = deps.bus.subscribe({
    onWake(wake) {
      if (wake.topic === 'escalation') escalationWaiters.wake(wake.id);
      else if (wake.topic === 'approval') approvalWaiters.wake(wake.id);
      else if (wake.topic === 'query') queryWaiters.wake(wake.id);
      else if (wake.topic === 'run') egress.endRun(wake.id);
      else if (wake.topic === 'credential') egress.credentialChanged(wake.id);
      else if (wake.topic === 'keeper') keeperWaiters.wake(wake.id);
    },
    onReconnect() {
      escalationWaiters.wakeAll();
      approvalWaiters.wakeAll();
      queryWaiters.wakeAll();
      void egress.endSettled();
      keeperWaiters.wakeAll();
    },
  });
  await Promise.all([subscribed, stopWaitingOnHost(database, deps.host.id)]);
  await sockets.start();
  const network =
    deps.network === undefined
      ? null
      : await openNetworkListener({
          ...deps.network,
          maxConnections: escalationCapacity + OTHER_CONNECTIONS,
          gate: createOriginGate(deps.network),
          callers,
          handle: app.handle,
        });
  log.info({ crews: sockets.size, sockets_dir: deps.socketsDir, network: network?.address ?? null }, 'serving crews');

  return {
    routes,
    get crews() {
      return sockets.size;
    },
    get waiters() {
      return escalationWaiters.size + approvalWaiters.size + queryWaiters.size + keeperWaiters.size;
    },
    networkAddress: network?.address ?? null,
    async close() {
      const closed = Promise.all([sockets.close(CLOSE_GRACE_MS), network?.close(CLOSE_GRACE_MS)]);
      escalationWaiters.close();
      approvalWaiters.close();
      queryWaiters.close();
      keeperWaiters.close();
      await closed;
      await Promise.all([app.close(), egress.close()]);
      // Requests that were cut off are still being committed, and what calls of models used.
      await meter.close();
      await Promise.all([ledger.close(), journalWriter.close()]);
    },
  };
}
