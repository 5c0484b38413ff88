import { type Connection, type Sent, whyItFailed } from './connection.ts';
import { UNKEYED_WRITES } from './generated/operations.ts';
import { CrewshipProblem, CrewshipUnreachable } from './problem.ts';
import { backoffMs, delay, type Watch, watchOver } from './waiting.ts';

export interface RequestOptions {
  /**
   * Of a write: by default one of its own. Give it yourself to go on with a write after a restart of your program; with
   * null there is none, and the write is sent once.
   */
  readonly idempotencyKey?: string | null;
  /** An ETag: the write happens only if this is still the current one. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

/** An answer with what is around its body. */
export interface Exchange<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** Whether it is the stored answer of a write that happened before. */
  readonly replayed: boolean;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/**
 * One request, repeated while that is safe and may help: after no answer, 503 or 429 with Retry-After, within
 * `repeatForMs`. Writes are repeated under one Idempotency-Key, so that they happen once; a 409 that says the key is in
 * use means that the first one is still under way.
 */
export async function exchange(
  connection: Connection,
  asked: Omit<Sent, 'idempotencyKey'>,
  options: RequestOptions,
): Promise<Exchange<unknown>> {
  const isRead = asked.operation.startsWith('GET ');
  const isKeyed = !isRead && options.idempotencyKey !== null && !UNKEYED_WRITES.has(asked.operation);
  const sent: Sent = {
    ...asked,
    headers: { ...asked.headers, ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }) },
    idempotencyKey: isKeyed ? (options.idempotencyKey ?? crypto.randomUUID()) : undefined,
  };
  const endsAtMs = performance.now() + connection.repeatForMs;
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt(connection, sent, options.signal);
    } catch (error) {
      const pauseMs = pauseAfter(error, failures, isRead || isKeyed);
      if (pauseMs === null || performance.now() + pauseMs > endsAtMs) throw error;
      await delay(pauseMs, options.signal);
    }
  }
}

async function attempt(
  connection: Connection,
  sent: Sent,
  caller: AbortSignal | undefined,
): Promise<Exchange<unknown>> {
  const watch = watchOver(caller, connection.timeoutMs);
  let isHandedOn = false;
  try {
    const response = await connection.open(sent, watch, caller);
    isHandedOn = response.body !== null && !isJson(response);
    const body = isHandedOn ? response.body : parseJson(await readText(response, sent, watch, caller));
    const { status, headers } = response;
    return { status, headers, body, replayed: headers.get('idempotent-replayed') === 'true' };
  } finally {
    // A body that the caller reads ends with the caller's signal.
    if (!isHandedOn) watch.close();
  }
}

async function readText(
  response: Response,
  sent: Sent,
  watch: Watch,
  caller: AbortSignal | undefined,
): Promise<string> {
  watch.expect();
  try {
    return await response.text();
  } catch (error) {
    throw whyItFailed(error, sent, caller);
  }
}

function isJson(response: Response): boolean {
  return /\bjson\b/.test(response.headers.get('content-type') ?? '');
}

function parseJson(text: string): unknown {
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** Milliseconds until the request may be sent again; null: never. */
function pauseAfter(error: unknown, failures: number, isSafe: boolean): number | null {
  const pauseMs = backoffMs(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  if (error instanceof CrewshipUnreachable) return isSafe ? pauseMs : null;
  if (!(error instanceof CrewshipProblem)) return null;
  if (error.status === 429) return error.retryAfterMs === undefined ? null : error.retryAfterMs + pauseMs;
  if (!isSafe) return null;
  if (error.code === 'idempotency_key_in_use') return pauseMs;
  if (error.status !== 503) return null;
  // That no host is up is known: asking again soon tells nothing new.
  return error.code === 'no_live_host' ? null : (error.retryAfterMs ?? pauseMs);
}
