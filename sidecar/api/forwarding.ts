import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { IpcConfig } from '../../domain/crews/sidecar/ipc-config.ts';
import type { ErrorCode } from '../../domain/kernel/errors/crewship-error.ts';
import { apiHeaders, BASE_PATH, headerOf } from './api-headers.ts';
import { type ApiClient, type ApiResponse, ApiUnreachableError } from './api-client.ts';
import { type RetryTimes, retry } from './retry.ts';

export interface ForwardingTimes extends RetryTimes {
  /** How long a request waits for an API that is not there. */
  patienceMs: number;
  /** How long a wait for an answer goes on in all, over restarts of the API; more than the agent's own 300 s window. */
  waitPatienceMs: number;
}

export const FORWARDING_TIMES: ForwardingTimes = {
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
  /** False for a write that the API carries out as often as it comes, whatever its key. Default: true. */
  isKeyed?: boolean;
}

export interface Forwarding {
  /**
   * A write. Sent under one Idempotency-Key until the API has answered: one that died after it had committed, and
   * before it could say so, is asked again and says what the first came to. Without a key of the API's: only while it
   * is certain that the API has not seen it.
   */
  write(request: IncomingMessage, write: ForwardedWrite, signal: AbortSignal): Promise<ApiResponse>;
  /** A reading: asked again of an API that went away, until the patience ends. Safe to repeat. */
  read(request: IncomingMessage, path: string, signal: AbortSignal): Promise<ApiResponse>;
  /** A reading that the API answers when there is something to say, minutes later. */
  wait(request: IncomingMessage, path: string, signal: AbortSignal): Promise<ApiResponse>;
  /** A write that the API answers when there is something to take: as `wait`, under one Idempotency-Key. */
  take(
    request: IncomingMessage,
    path: string,
    fields: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<ApiResponse>;
}

// An API that shuts down, or one behind it that is not there yet.
const TRY_AGAIN = new Set([502, 503, 504]);
const KEY_IN_USE: ErrorCode = 'idempotency_key_in_use';

/** The API that was asked before has died, and its transaction has not ended yet. */
function isUnderWay({ status, body }: ApiResponse): boolean {
  if (status !== 409) return false;
  try {
    const problem: unknown = JSON.parse(body.toString());
    return typeof problem === 'object' && problem !== null && 'code' in problem && problem.code === KEY_IN_USE;
  } catch {
    return false;
  }
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

  function repeatRead(
    patienceMs: number,
    request: IncomingMessage,
    path: string,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const headers = apiHeaders(config, request);
    return retry(
      times,
      patienceMs,
      signal,
      (timeoutMs) => api({ method: 'GET', path: `${BASE_PATH}${path}`, headers, signal, timeoutMs }),
      (outcome) => outcome instanceof ApiUnreachableError || TRY_AGAIN.has(outcome.status),
    );
  }

  function keyed(
    request: IncomingMessage,
    { method, path, fields, actorField }: Pick<ForwardedWrite, 'method' | 'path' | 'fields' | 'actorField'>,
    signal: AbortSignal,
  ): (timeoutMs: number) => Promise<ApiResponse> {
    const body = fields === null ? undefined : Buffer.from(JSON.stringify(scoped(request, fields, actorField)));
    const headers = {
      ...apiHeaders(config, request),
      'content-length': String(body?.length ?? 0),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'idempotency-key': headerOf(request, 'idempotency-key') ?? randomUUID(),
    };
    return (timeoutMs) =>
      api({
        method,
        path: `${BASE_PATH}${path}`,
        headers,
        ...(body === undefined ? {} : { body }),
        signal,
        timeoutMs,
      });
  }

  return {
    write(request, { answerMs = 0, isKeyed = true, ...write }, signal) {
      return retry(times, times.patienceMs + answerMs, signal, keyed(request, write, signal), (outcome) =>
        outcome instanceof ApiUnreachableError ? isKeyed || !outcome.sent : isKeyed && isUnderWay(outcome),
      );
    },
    take(request, path, fields, signal) {
      const send = keyed(request, { method: 'POST', path, fields }, signal);
      return retry(
        times,
        times.waitPatienceMs,
        signal,
        send,
        (outcome) => outcome instanceof ApiUnreachableError || TRY_AGAIN.has(outcome.status) || isUnderWay(outcome),
      );
    },
    read: (request, path, signal) => repeatRead(times.patienceMs, request, path, signal),
    wait: (request, path, signal) => repeatRead(times.waitPatienceMs, request, path, signal),
  };
}
