import { CrewshipProblem, CrewshipUnreachable } from './problem.ts';
import type { Watch } from './waiting.ts';

/** Where the API is, and as whom it is called: at most one of `token`, `apiKey` and `cookie`. */
export interface CrewshipOptions {
  /** Of the instance, such as `https://crewship.example`; in a page, empty for its own host. */
  readonly baseUrl: string | URL;
  /** A bearer token; a function is asked before each request, so that a short-lived one can be renewed. */
  readonly token?: string | (() => string | Promise<string>);
  /** `crewos_<id>_<secret>` */
  readonly apiKey?: string;
  /** A Cookie header, where there is no browser that keeps one. Pages use `credentials`. */
  readonly cookie?: string;
  /** Whether a browser sends its cookies along. */
  readonly credentials?: 'include' | 'omit' | 'same-origin';
  /** Id or slug of the workspace of all requests that name none; else it is the caller's own. */
  readonly workspaceId?: string;
  /** Instead of the global one. */
  readonly fetch?: typeof fetch;
  /** Milliseconds after which a request without an answer counts as lost; 30,000 if not given. */
  readonly timeoutMs?: number;
  /** Milliseconds within which a request is repeated; 30,000 if not given, 0: never. */
  readonly repeatForMs?: number;
  /** Milliseconds after which a silent stream is connected anew; 45,000 if not given. */
  readonly silenceMs?: number;
}

/** Of parameters; what is undefined is left out. */
export type Values = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request as it is sent. */
export interface Sent {
  /** Method and path template: what errors call it. */
  readonly operation: string;
  readonly params?: Values | undefined;
  readonly query?: Values | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string | undefined;
}

export interface Connection {
  readonly timeoutMs: number;
  readonly repeatForMs: number;
  readonly silenceMs: number;
  /**
   * One exchange up to the head of its answer. Rejects with {@link CrewshipProblem} for anything but a 2xx, with
   * {@link CrewshipUnreachable} when nothing came, and with the reason of `caller` when that aborted.
   */
  open(sent: Sent, watch: Watch, caller: AbortSignal | undefined): Promise<Response>;
  /** Of a path, with `ws` in place of `http`. */
  socketUrl(path: string): string;
}

export function createConnection(options: CrewshipOptions): Connection {
  const { token, apiKey, cookie, workspaceId, credentials } = options;
  if ([token, apiKey, cookie].filter((one) => one !== undefined).length > 1) {
    throw new TypeError('a client has one of token, apiKey and cookie');
  }
  const base = String(options.baseUrl).replace(/\/+$/, '');
  const fetched = options.fetch ?? globalThis.fetch.bind(globalThis);

  async function headersOf({ headers = {}, idempotencyKey, body }: Sent): Promise<Record<string, string>> {
    return {
      ...(token === undefined ? {} : { authorization: `Bearer ${typeof token === 'string' ? token : await token()}` }),
      ...(apiKey === undefined ? {} : { 'x-crewos-api-key': apiKey }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(workspaceId === undefined ? {} : { 'x-workspace-id': workspaceId }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...(body === undefined || isSentAsIs(body) ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
  }

  return {
    timeoutMs: options.timeoutMs ?? 30_000,
    repeatForMs: options.repeatForMs ?? 30_000,
    silenceMs: options.silenceMs ?? 45_000,
    async open(sent, watch, caller) {
      // What is wrong with the request itself is thrown here, and nothing repeats it.
      const url = urlOf(base, sent);
      const headers = new Headers(await headersOf(sent));
      const { body } = sent;
      const request: RequestInit = {
        method: sent.operation.split(' ', 1)[0]!,
        headers,
        ...(body === undefined ? {} : { body: isSentAsIs(body) ? body : JSON.stringify(body) }),
        ...(credentials === undefined ? {} : { credentials }),
        signal: watch.signal,
      };
      watch.expect();
      try {
        const response = await fetched(url, request);
        if (response.ok) return response;
        const refusal = { status: response.status, headers: response.headers, text: await response.text() };
        throw new CrewshipProblem(sent.operation, refusal);
      } catch (error) {
        throw whyItFailed(error, sent, caller);
      } finally {
        watch.relax();
      }
    },
    socketUrl: (path) => new URL(`${base}${path}`, pageAddress()).href.replace(/^http/, 'ws'),
  };
}

/** What an exchange is refused with: the caller's own reason to abort, the API's refusal, or that nothing came. */
export function whyItFailed(error: unknown, sent: Sent, caller: AbortSignal | undefined): unknown {
  if (caller?.aborted === true) return caller.reason;
  if (error instanceof CrewshipProblem) return error;
  return new CrewshipUnreachable(sent.operation, sent.idempotencyKey, error);
}

function isSentAsIs(body: unknown): body is FormData | Blob | string {
  return body instanceof FormData || body instanceof Blob || typeof body === 'string';
}

function pageAddress(): string | undefined {
  return (globalThis as { location?: { href: string } }).location?.href;
}

function urlOf(base: string, { operation, params = {}, query = {} }: Sent): URL {
  const path = operation.slice(operation.indexOf(' ') + 1).replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new TypeError(`${operation} needs params.${name}`);
    return encodeURIComponent(String(value));
  });
  const url = new URL(`${base}${path}`, pageAddress());
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}
