import type { IpcConfig } from '../../domain/crews/sidecar/ipc-config.ts';
import { type ApiClient, type ApiResponse, ApiUnreachableError } from '../api/api-client.ts';
import { FORWARDING_TIMES, type ForwardingTimes } from '../api/forwarding.ts';
import { pause } from '../api/retry.ts';

/** What is told of a call of a model when it is over. */
export type CostReport =
  /** A body of `cost/record` (docs/contracts/internal-ipc.md, Cost), with the call's id as its key. */
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, unknown>> }
  /** Gives back what was reserved for a call that cost nothing. */
  | { readonly kind: 'release'; readonly reservationId: string };

/** The place of one call among the reports. It is used once. */
export interface ReportPlace {
  /** Reports the call; null when there is nothing to tell. `runToken` says whose it was. */
  settle(report: CostReport | null, runToken: string | undefined): void;
}

export interface CostReports {
  /** Keeps a place for a call's report before the call is made; null when there is none left. */
  admit(): ReportPlace | null;
  /** Calls that are not reported yet, those under way included. */
  readonly pending: number;
  /** Reports that the API refused for good. */
  readonly refused: number;
  /** Resolves when all calls are over and reported, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/** At most 2 KB each: all of their texts are bounded. */
const MAX_PENDING = 4_096;
const ANSWER_TIMEOUT_MS = 15_000;
const LONGEST_RETRY_MS = 5_000;

interface Waiting {
  readonly report: CostReport;
  readonly runToken: string | undefined;
}

/** Whether the same report may be taken later: the API is away or overloaded, or has not learnt of this token yet. */
function isForLater(outcome: ApiResponse | ApiUnreachableError): boolean {
  if (outcome instanceof ApiUnreachableError) return true;
  return outcome.status >= 500 || [401, 408, 429].includes(outcome.status);
}

/**
 * Reports calls to the API one after the other, in their order, each until it is taken: a report goes again under the
 * same key, so it is one however often it is sent. Nothing is dropped to make room: `admit` refuses the next call
 * instead.
 */
export function createCostReports(deps: {
  config: Pick<IpcConfig, 'crew_token'>;
  api: ApiClient;
  times?: ForwardingTimes;
  maxPending?: number;
}): CostReports {
  const { config, api, times = FORWARDING_TIMES, maxPending = MAX_PENDING } = deps;
  const queue: Waiting[] = [];
  const never = new AbortController().signal;
  let underWay = 0;
  let refused = 0;
  let isSending = false;
  let whenIdle: (() => void)[] = [];

  async function send({ report, runToken }: Waiting): Promise<void> {
    const body = report.kind === 'record' ? Buffer.from(JSON.stringify(report.fields)) : undefined;
    const headers = {
      host: 'api',
      accept: 'application/json',
      'x-internal-token': config.crew_token,
      ...(runToken === undefined ? {} : { 'x-run-token': runToken }),
      'content-length': String(body?.length ?? 0),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const call =
      report.kind === 'record'
        ? { method: 'POST' as const, path: '/api/v1/internal/cost/record' }
        : { method: 'DELETE' as const, path: `/api/v1/internal/cost/reservations/${report.reservationId}` };
    let retryMs = times.firstRetryMs;
    for (;;) {
      let outcome: ApiResponse | ApiUnreachableError;
      try {
        outcome = await api({
          ...call,
          headers,
          ...(body === undefined ? {} : { body }),
          signal: never,
          timeoutMs: ANSWER_TIMEOUT_MS,
        });
      } catch (error) {
        if (!(error instanceof ApiUnreachableError)) throw error;
        outcome = error;
      }
      if (!isForLater(outcome)) {
        const status = (outcome as ApiResponse).status;
        // A reservation that is held no more has run out or was settled: nothing is left to give back.
        if (status >= 400 && !(report.kind === 'release' && status === 404)) {
          refused += 1;
          process.stderr.write(`sidecar: a cost report was refused with ${status}\n`);
        }
        return;
      }
      await pause(retryMs, never);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  async function sendAll(): Promise<void> {
    isSending = true;
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      try {
        await send(next);
      } catch {
        refused += 1;
      }
      queue.shift();
    }
    isSending = false;
    tellIdle();
  }

  function tellIdle(): void {
    if (underWay > 0 || isSending || queue.length > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  }

  return {
    admit() {
      if (underWay + queue.length >= maxPending) return null;
      underWay += 1;
      return {
        settle(report, runToken) {
          underWay -= 1;
          if (report !== null) {
            queue.push({ report, runToken });
            if (!isSending) void sendAll();
          }
          tellIdle();
        },
      };
    },
    get pending() {
      return underWay + queue.length;
    },
    get refused() {
      return refused;
    },
    drain(timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, timeoutMs);
      whenIdle.push(resolve);
      tellIdle();
      return promise.finally(() => clearTimeout(timer));
    },
  };
}
