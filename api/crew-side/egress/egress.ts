import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { JournalWriter } from '../../../commands/group-commit/journal-writer.ts';
import type { CallMeter } from '../../../commands/group-commit/call-meter.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { IpNetwork } from '../../../domain/kernel/addresses/ip-address.ts';
import { LLM_PATH } from '../../../domain/crews/sidecar/llm-paths.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { InternalTokens } from '../../../platform/internal-tokens/internal-tokens.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { CrewConnections } from '../caller/crew-scope.ts';
import type { FindLiveCrew } from '../caller/live-crews.ts';
import type { IsLiveRun } from '../caller/live-runs.ts';
import { createProveCaller } from '../caller/prove-caller.ts';
import { createCrewPlaces } from './crew-places.ts';
import { createEgressGate } from './egress-gate.ts';
import { createEgressJournal } from './egress-journal.ts';
import { sendEgressProblem, sendTunnelProblem } from './egress-problem.ts';
import { createOpenCredentials } from './open-credentials.ts';
import { createOpenRuns } from './open-runs.ts';
import { createLlmForward, placeOf, type ProviderUrls } from './llm-forward.ts';
import { createMeteredCalls } from './metered-calls.ts';
import { carryPlainRequest } from './plain-request.ts';
import { createProviderKeys } from './provider-keys.ts';
import { createPublicAddresses, type Resolve } from '../../../platform/guarded-http/public-addresses.ts';
import { openTunnel } from './tunnel.ts';

/** An operator's rules of what leaves the crews. */
export interface EgressSettings {
  /** Ports that restricted crews may reach. */
  readonly ports: readonly number[];
  /** Networks that crews may reach though they are not public. */
  readonly allowPrivate: readonly IpNetwork[];
  readonly providerUrls: ProviderUrls;
}

export interface Egress {
  /** Whether a request on a crew's socket is for the world outside, and not for the API. */
  takes(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** A CONNECT; the socket is the egress's from here on. */
  connect(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Cuts what this run, which is over, still has open. */
  endRun(runId: string): void;
  /** Cuts the calls whose callers do not have this credential any more. */
  credentialChanged(credentialId: string): void;
  /** Ends of runs and changes of credentials may have been missed: each that has something open is asked after. */
  endSettled(): Promise<void>;
  /** Resolves when what was carried is written down. Connections are their listener's to end. */
  close(): Promise<void>;
}

/** Tunnels, requests and calls of models together: many agents' package managers at once. */
const CONNECTIONS_PER_CREW = 512;
/** Of all crews of a host. Each holds two files open; a process has many thousands. */
const CONNECTIONS = 4_096;

/** The way out of the crews of a host: judged by each crew's row, with keys that crews never see. */
export function createEgress(deps: {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
  readonly findLiveCrew: FindLiveCrew;
  readonly isLiveRun: IsLiveRun;
  readonly journalWriter: Pick<JournalWriter, 'emit'>;
  readonly meter: Pick<CallMeter, 'begin'>;
  readonly settings: EgressSettings;
  readonly resolve?: Resolve | undefined;
  readonly log: Pick<Logger, 'warn'>;
}): Egress {
  const { settings } = deps;
  const { onSocket: prove } = createProveCaller(deps);
  const places = createCrewPlaces({ limit: CONNECTIONS_PER_CREW, total: CONNECTIONS });
  const openRuns = createOpenRuns();
  const journal = createEgressJournal(deps);
  const gate = createEgressGate({
    reads: deps.database.reads,
    addresses: createPublicAddresses({ allowed: settings.allowPrivate, resolve: deps.resolve }),
    ports: new Set(settings.ports),
    providers: {
      anthropic: placeOf(settings.providerUrls.anthropic),
      openai: placeOf(settings.providerUrls.openai),
    },
    journal,
  });
  const keys = createProviderKeys(deps);
  const openCredentials = createOpenCredentials(keys);
  const calls = createMeteredCalls(deps.meter, deps.database.reads);
  const llm = createLlmForward({ urls: settings.providerUrls, keys, openCredentials, calls, journal });

  const carrying = new Set<Promise<void>>();
  async function carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const caller = await prove(request);
      response.once('close', places.take(caller.crew));
      response.once(
        'close',
        openRuns.add(caller.run?.runId, () => response.destroy()),
      );
      if (request.url?.startsWith('/') === true) await llm.carry(caller, request, response);
      else await carryPlainRequest({ gate, journal }, caller, request, response);
    } catch (error) {
      sendEgressProblem(request, response, error);
    }
  }

  async function tunnel(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const gone = new AbortController();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => gone.abort());
    // Nothing reads the socket before its tunnel is there, and what nobody reads does not say that it has ended.
    const leave = () => socket.destroy();
    socket.once('end', leave).read(0);
    const stays = () => socket.off('end', leave);
    try {
      const caller = await prove(request);
      socket.once('close', places.take(caller.crew));
      socket.once(
        'close',
        openRuns.add(caller.run?.runId, () => socket.destroy()),
      );
      await openTunnel({ gate, journal }, caller, { request, socket, head, signal: gone.signal, stays });
    } catch (error) {
      if (!gone.signal.aborted) sendTunnelProblem(request, socket, error);
    }
  }

  return {
    takes: ({ url = '' }) => !url.startsWith('/') || url.startsWith(`${LLM_PATH}/`),
    handle(request, response) {
      const carried = carry(request, response).finally(() => carrying.delete(carried));
      carrying.add(carried);
    },
    connect: (request, socket, head) => void tunnel(request, socket, head),
    endRun: openRuns.end,
    credentialChanged: (credentialId) => void openCredentials.changed(credentialId),
    async endSettled() {
      await openCredentials.changedAll();
      await Promise.all(
        openRuns.ids().map(async (runId) => {
          // A database that is away says nothing of the run.
          if (!(await deps.isLiveRun(runId).catch(() => true))) openRuns.end(runId);
        }),
      );
    },
    async close() {
      llm.close();
      // What was cut off is still being counted.
      await Promise.all(carrying);
      await Promise.all([journal.close(), keys.close()]);
    },
  };
}
