import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { IpcConfig } from '../domain/sidecar/ipc-config.ts';
import { apiHeaders, BASE_PATH, headerOf } from './api-headers.ts';
import { type ApiClient, type ApiResponse, ApiUnreachableError } from './api-client.ts';

export interface ForwardingTimes {
  /** How long a request waits for an API that is not there. */
  patienceMs: number;
  /** How long a wait for an answer goes on in all, over restarts of the API; more than the agent's own 300 s window. */
  waitPatienceMs: number;
  firstRetryMs: number;
  longestRetryMs: number;
}

const FORWARDING_TIMES: ForwardingTimes = {
  patienceMs: 30_000,
  waitPatienceMs: 330_000,
  firstRetryMs: 50,
  longestRetryMs: 1_000,
};

export interface ForwardedWrite {
  method: 'POST' | 'PATCH';
  path: string;
  /** The crew's scope replaces whatever they claim. Null: no body. */
  fields: Record<string, unknown> | null;
  /** The member that names who acts. Dropped when the request has a run's token, which proves it to the API. */
  actorField?: string | undefined;
  /** How long the API may take for its answer, beside the patience. */
  answerMs?: number;
}

export interface Forwarding {
  /**
   * A write (contract/ipc.md). Sent again only while it is certain that the API has not seen it, and always under one
   * Idempotency-Key.
   */
  write(request: IncomingMessage, write: ForwardedWrite, signal: AbortSignal): Promise<ApiResponse>;
  /** A reading: asked again of an API that went away, until the patience ends. Safe to repeat. */
  read(request: IncomingMessage, path: string, signal: AbortSignal): Promise<ApiResponse>;
  /** A reading that the API answers when there is something to say, minutes later. */
  wait(request: IncomingMessage, path: string, signal: AbortSignal): Promise<ApiResponse>;
}

// An API that shuts down, or one behind it that is not there yet.
const TRY_AGAIN = new Set([502, 503, 504]);

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

/** Carries agents' requests to `/api/v1/internal`, with the credential that agents never see. */
export function createForwarding(deps: { config: IpcConfig; api: ApiClient; times?: ForwardingTimes }): Forwarding {
  const { config, api, times = FORWARDING_TIMES } = deps;

  function scoped(
    request: IncomingMessage,
    fields: Record<string, unknown>,
    actorField: string | undefined,
  ): Record<string, unknown> {
    const own = { ...fields, workspace_id: config.workspace_id, crew_id: config.crew_id };
    if ('from_crew_id' in fields) Object.assign(own, { from_crew_id: config.crew_id });
    const isProven = actorField !== undefined && headerOf(request, 'x-run-token') !== undefined;
    return isProven ? Object.fromEntries(Object.entries(own).filter(([name]) => name !== actorField)) : own;
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

  function repeatRead(
    patienceMs: number,
    request: IncomingMessage,
    path: string,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const headers = apiHeaders(config, request);
    return persist(
      patienceMs,
      signal,
      (timeoutMs) => api({ method: 'GET', path: `${BASE_PATH}${path}`, headers, signal, timeoutMs }),
      (outcome) => outcome instanceof ApiUnreachableError || TRY_AGAIN.has(outcome.status),
    );
  }

  return {
    write(request, { method, path, fields, actorField, answerMs = 0 }, signal) {
      const body = fields === null ? undefined : Buffer.from(JSON.stringify(scoped(request, fields, actorField)));
      const headers = {
        ...apiHeaders(config, request),
        'content-length': String(body?.length ?? 0),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        'idempotency-key': headerOf(request, 'idempotency-key') ?? randomUUID(),
      };
      return persist(
        times.patienceMs + answerMs,
        signal,
        (timeoutMs) =>
          api({
            method,
            path: `${BASE_PATH}${path}`,
            headers,
            ...(body === undefined ? {} : { body }),
            signal,
            timeoutMs,
          }),
        (outcome) => outcome instanceof ApiUnreachableError && !outcome.sent,
      );
    },
    read: (request, path, signal) => repeatRead(times.patienceMs, request, path, signal),
    wait: (request, path, signal) => repeatRead(times.waitPatienceMs, request, path, signal),
  };
}
