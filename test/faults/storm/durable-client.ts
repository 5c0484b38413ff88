import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A client that gets its answer in the end: each write has one Idempotency-Key for all its tries. */
export interface DurableClient {
  call<Answer>(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    options?: { body?: object; workspaceId?: string },
  ): Promise<Answer>;
  readonly tries: ClientTries;
}

/** What the tries of all calls came to. */
export interface ClientTries {
  answered: number;
  /** The write had been made by a try whose answer was lost. */
  replayed: number;
  /** No answer: refused, reset, or too late. */
  unreachable: number;
  /** 503, or the 409 of a key whose first request still runs: to be tried again, as the API says. */
  refused: number;
  /** Answers that an API must not give because something else died. */
  readonly wrong: string[];
}

const TRY_TIMEOUT_MS = 8_000;
const PATIENCE_MS = 180_000;
const PAUSE_MS = 250;

export function createDurableClient(apiUrl: string, token: string): DurableClient {
  const tries: ClientTries = { answered: 0, replayed: 0, unreachable: 0, refused: 0, wrong: [] };

  async function tryOnce(url: string, request: RequestInit): Promise<Response | undefined> {
    try {
      const response = await fetch(url, { ...request, signal: AbortSignal.timeout(TRY_TIMEOUT_MS) });
      // The connection may break between the head of an answer and its end.
      return new Response(await response.text(), response);
    } catch {
      return undefined;
    }
  }

  return {
    tries,
    async call(method, path, { body, workspaceId } = {}) {
      const request: RequestInit = {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(workspaceId === undefined ? {} : { 'x-workspace-id': workspaceId }),
          ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const response = await tryOnce(`${apiUrl}${path}`, request);
        const text = (await response?.text()) ?? '';
        if (response?.ok) {
          tries.answered += 1;
          if (response.headers.get('idempotent-replayed') === 'true') tries.replayed += 1;
          return JSON.parse(text);
        }
        if (response === undefined) tries.unreachable += 1;
        else if (response.status === 503 || (response.status === 409 && text.includes('"conflict"')))
          tries.refused += 1;
        else {
          const problem = `${method} ${path} answered ${response.status} ${text.slice(0, 300)}`;
          tries.wrong.push(problem);
          if (response.status < 500) throw new Error(problem);
        }
        if (performance.now() > deadline) throw new Error(`no answer to ${method} ${path} within ${PATIENCE_MS} ms`);
        await delay(PAUSE_MS);
      }
    },
  };
}
