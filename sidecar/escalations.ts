import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { IpcConfig } from '../domain/sidecar/ipc-config.ts';
import { type ApiClient, type ApiResponse, ApiUnreachableError } from './api-client.ts';

export interface EscalationTimes {
  /** How long opening an escalation waits for an API that is not there. */
  openPatienceMs: number;
  /** How long a wait goes on in all, over restarts of the API; more than the agent's own 300 s window. */
  waitPatienceMs: number;
  firstRetryMs: number;
  longestRetryMs: number;
}

const ESCALATION_TIMES: EscalationTimes = {
  openPatienceMs: 30_000,
  waitPatienceMs: 330_000,
  firstRetryMs: 50,
  longestRetryMs: 1_000,
};

export interface Escalations {
  /**
   * Opens an escalation (contract/ipc.md section 7). The crew's scope replaces whatever the body claims. Sent again
   * only while it is certain that the API has not seen it, and always under one Idempotency-Key.
   */
  open(request: IncomingMessage, fields: Record<string, unknown>, signal: AbortSignal): Promise<ApiResponse>;
  /** Waits for the answer; asked again of an API that went away, until the patience ends. Reading is safe to repeat. */
  wait(request: IncomingMessage, escalationId: string, signal: AbortSignal): Promise<ApiResponse>;
}

// An API that shuts down, or one behind it that is not there yet.
const TRY_AGAIN = new Set([502, 503, 504]);

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value.length > 0 && value.length <= 1_024 ? value : undefined;
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}

export function createEscalations(deps: { config: IpcConfig; api: ApiClient; times?: EscalationTimes }): Escalations {
  const { config, api, times = ESCALATION_TIMES } = deps;

  function headersFor(request: IncomingMessage): Record<string, string> {
    const runToken = headerOf(request, 'x-run-token');
    const requestId = headerOf(request, 'x-request-id');
    return {
      host: 'api',
      accept: 'application/json',
      'x-internal-token': config.crew_token,
      ...(runToken === undefined ? {} : { 'x-run-token': runToken }),
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    };
  }

  /** Repeats the call with growing pauses while `again` allows it and the time lasts. */
  async function persist(
    patienceMs: number,
    signal: AbortSignal,
    call: (timeoutMs: number) => Promise<ApiResponse>,
    again: (outcome: ApiResponse | ApiUnreachableError) => boolean,
  ): Promise<ApiResponse> {
    const endsAt = performance.now() + patienceMs;
    let retryMs = times.firstRetryMs;
    for (;;) {
      const calledAt = performance.now();
      let outcome: ApiResponse | ApiUnreachableError;
      try {
        outcome = await call(Math.max(1, Math.ceil(endsAt - calledAt)));
      } catch (error) {
        if (!(error instanceof ApiUnreachableError)) throw error;
        outcome = error;
      }
      const worthIt = again(outcome) && performance.now() + retryMs < endsAt;
      if (!worthIt) {
        if (outcome instanceof ApiUnreachableError) throw outcome;
        return outcome;
      }
      // A call that lasted means that the API was there: the next outage begins with short pauses again.
      if (performance.now() - calledAt > times.longestRetryMs) retryMs = times.firstRetryMs;
      await pause(retryMs, signal);
      retryMs = Math.min(retryMs * 2, times.longestRetryMs);
    }
  }

  return {
    async open(request, fields, signal) {
      const body = Buffer.from(
        JSON.stringify({ ...fields, workspace_id: config.workspace_id, crew_id: config.crew_id }),
      );
      const headers = {
        ...headersFor(request),
        'content-type': 'application/json',
        'content-length': String(body.length),
        'idempotency-key': headerOf(request, 'idempotency-key') ?? randomUUID(),
      };
      const path = '/api/v1/internal/escalations';
      return persist(
        times.openPatienceMs,
        signal,
        (timeoutMs) => api({ method: 'POST', path, headers, body, signal, timeoutMs }),
        (outcome) => outcome instanceof ApiUnreachableError && !outcome.sent,
      );
    },

    async wait(request, escalationId, signal) {
      const headers = headersFor(request);
      const path = `/api/v1/internal/escalations/${escalationId}/wait`;
      return persist(
        times.waitPatienceMs,
        signal,
        (timeoutMs) => api({ method: 'GET', path, headers, signal, timeoutMs }),
        (outcome) => outcome instanceof ApiUnreachableError || TRY_AGAIN.has(outcome.status),
      );
    },
  };
}
