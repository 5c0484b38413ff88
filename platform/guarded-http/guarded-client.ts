import { type Dispatcher, request as send } from 'undici';
import { CrewshipError, invalidField } from '../../domain/kernel/errors/crewship-error.ts';
import { decodedBody } from './decoded-body.ts';
import { createGuardedDispatcher, inShareOf, type OutboundPlace } from './guarded-dispatcher.ts';
import type { Resolve } from './public-addresses.ts';

export interface OutboundRequest {
  /** http or https, without a user in it. */
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** From the first look-up to the last byte of the answer. */
  readonly timeoutMs?: number;
  /** Size of the answer's body, unpacked. */
  readonly limitBytes?: number;
  /** Redirects that are followed; with 0 the redirect is the answer. */
  readonly redirects?: number;
  /** For whom it is, a workspace's id: who looks up very many names leaves room for others. */
  readonly share?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface OutboundAnswer {
  readonly status: number;
  /** Names in lower case; of the body as it is here: unpacked, its length unsaid. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Where it came from in the end. */
  readonly url: string;
  /**
   * The body in pieces. Read it, or `discard` it: an answer that is neither holds its connection up to its deadline.
   */
  body(): AsyncIterable<Uint8Array>;
  bytes(): Promise<Buffer>;
  text(): Promise<string>;
  discard(): void;
}

/**
 * The one door by which the control plane calls URLs that tenants name. It reaches public addresses and what the
 * operator allows (docs/contracts/outbound.md), within a time and a size.
 */
export interface GuardedClient {
  /**
   * Sends and resolves with the answer's head, whatever its status. Throws `invalid_request` for a URL or a header that
   * is none, `address_refused` for where nothing is sent to, `egress_failed` (its `reason` is connection, timeout,
   * too_large, redirect or answer) for what went wrong there, and the signal's reason. So do the readers of the body.
   */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_LIMIT_BYTES = 16 * 1_024 * 1_024;
const DEFAULT_REDIRECTS = 5;
const URL_CHARACTERS = 8_192;
/** An answer that is followed elsewhere, and one that nobody wants, is not waited for. */
const HEAD_BYTES = 16_384;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What may be said to another origin than the one it was meant for. */
const SAID_TO_ALL: ReadonlySet<string> = new Set(['accept', 'accept-language', 'user-agent', 'content-type']);
/** What says where a message ends and whom it is for is ours to say. */
const NOT_TO_GIVE: ReadonlySet<string> = new Set([
  ...['accept-encoding', 'connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive'],
  ...['proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,16384}$/;

type FailureReason = 'connection' | 'timeout' | 'too_large' | 'redirect' | 'answer';

function failed(host: string, reason: FailureReason, what: string, cause?: unknown): CrewshipError {
  return new CrewshipError('egress_failed', `${host} ${what}`, { extensions: { host, reason }, cause });
}

/** What is wrong with a URL as the target of a call; null when nothing is. */
function outboundUrlFault(text: string): string | null {
  if (text.length > URL_CHARACTERS) return `must have at most ${URL_CHARACTERS} characters`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http or https URL';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  return null;
}

function readUrl(text: string): URL {
  const fault = outboundUrlFault(text);
  if (fault !== null) throw invalidField('url', fault);
  const url = new URL(text);
  url.hash = '';
  return url;
}

function readHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const known = name.toLowerCase();
    if (!HEADER_NAME.test(name)) throw invalidField('headers', 'a name holds what no header name may');
    if (NOT_TO_GIVE.has(known)) throw invalidField(`headers.${known}`, 'is not for the caller to set');
    if (!HEADER_VALUE.test(value)) throw invalidField(`headers.${known}`, 'holds what no header value may');
    headers[known] = value;
  }
  return headers;
}

interface Leg {
  readonly url: URL;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** The request that a redirect asks for. Throws `egress_failed` for one that is not followed. */
function nextLeg(leg: Leg, status: number, location: string): Leg {
  const { host } = leg.url;
  const url = URL.canParse(location, leg.url.href) ? new URL(location, leg.url) : null;
  if (url === null || outboundUrlFault(url.href) !== null) {
    throw failed(host, 'redirect', 'redirects to what is no http or https URL');
  }
  url.hash = '';
  if (leg.url.protocol === 'https:' && url.protocol === 'http:') {
    throw failed(host, 'redirect', 'redirects from https to http');
  }
  const becomesGet = status === 303 ? leg.method !== 'HEAD' : status < 303 && leg.method === 'POST';
  const body = becomesGet ? undefined : leg.body;
  const sameOrigin = url.origin === leg.url.origin;
  // What was written for one origin may hold what proves us to it.
  if (!sameOrigin && body !== undefined) {
    throw failed(host, 'redirect', 'redirects a body to another origin');
  }
  const kept = Object.entries(leg.headers).filter(
    ([name]) => (sameOrigin || SAID_TO_ALL.has(name)) && !(becomesGet && name === 'content-type'),
  );
  return { url, method: becomesGet ? 'GET' : leg.method, headers: Object.fromEntries(kept), body };
}

/** One time limit over all legs and the body, and the caller's own signal. */
function createDeadline(timeoutMs: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    controller.abort(new Error('the time for this call is over'));
  }, timeoutMs);
  timer.unref();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
    /** What a failure of the call is to the caller. */
    translate(error: unknown, host: string): unknown {
      if (error instanceof CrewshipError) return error;
      if (isOver) return failed(host, 'timeout', `did not answer in full within ${timeoutMs} ms`, error);
      if (signal?.aborted === true) return signal.reason;
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'UND_ERR_CONNECT_TIMEOUT') return failed(host, 'timeout', 'does not take connections', error);
      const isAnswer = /^(HPE_|Z_|ERR__ERROR_FORMAT|UND_ERR_HEADERS_OVERFLOW|ERR_BROTLI|ERR_PADDING)/.test(code);
      if (isAnswer || (error instanceof Error && error.name === 'HTTPParserError'))
        return failed(host, 'answer', 'answered what is not understood', error);
      return failed(host, 'connection', 'cannot be reached, or broke off', error);
    },
  };
}

type Deadline = ReturnType<typeof createDeadline>;

interface Head {
  readonly leg: Leg;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
}

function readAnswer(head: Head, deadline: Deadline, limitBytes: number): OutboundAnswer {
  const { leg, status } = head;
  const { host } = leg.url;
  const hasBody = leg.method !== 'HEAD' && status !== 204 && status !== 304;
  const { 'content-encoding': encoding, 'content-length': _length, ...others } = head.headers;
  const source = hasBody ? decodedBody(head.body, encoding === undefined ? undefined : String(encoding)) : head.body;
  if (source === null) {
    head.body.destroy();
    throw failed(host, 'answer', 'packed its answer in a way that is not known');
  }
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(others)) if (value !== undefined) headers[name] = value;
  source.on('error', () => {});

  async function* pieces(): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const piece of source as AsyncIterable<Uint8Array>) {
        bytes += piece.length;
        if (bytes > limitBytes) throw failed(host, 'too_large', `answered more than ${limitBytes} bytes`);
        yield piece;
      }
    } catch (error) {
      throw deadline.translate(error, host);
    } finally {
      deadline.end();
      head.body.destroy();
    }
  }

  async function bytes(): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const piece of pieces()) chunks.push(piece);
    return Buffer.concat(chunks);
  }

  return {
    status,
    headers,
    url: leg.url.href,
    body: pieces,
    bytes,
    text: async () => (await bytes()).toString('utf8'),
    discard() {
      deadline.end();
      head.body.destroy();
    },
  };
}

/** What is sent hears of an abort only once it is connected; whoever waits for it hears of it at once. */
async function beforeAbort(
  sent: Promise<Dispatcher.ResponseData>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([sent, aborted]);
  } catch (error) {
    sent.then(
      ({ body }) => body.on('error', () => {}).destroy(),
      () => {},
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** `allowed`: places of the operator's closed network that may be called though they are not public. */
export function createGuardedClient(options: {
  readonly allowed: readonly OutboundPlace[];
  readonly resolve?: Resolve | undefined;
}): GuardedClient {
  const closing = new AbortController();
  const dispatcher = createGuardedDispatcher({ ...options, signal: closing.signal });
  let closed: Promise<void> | undefined;

  async function sendLeg(leg: Leg, deadline: Deadline, timeoutMs: number, share: string): Promise<Head> {
    const sent = inShareOf(share, () =>
      send(leg.url, {
        dispatcher,
        method: leg.method,
        headers: { 'user-agent': 'crewship', ...leg.headers, 'accept-encoding': 'gzip, deflate, br' },
        ...(leg.body === undefined ? {} : { body: leg.body }),
        signal: deadline.signal,
        // The one deadline holds; these would otherwise end a slow call before it.
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      }),
    );
    const { statusCode, headers, body } = await beforeAbort(sent, deadline.signal);
    // Who never reads it hears of no error either; without a listener one would end the process.
    body.on('error', () => {});
    return { leg, status: statusCode, headers, body };
  }

  return {
    async send(request) {
      const { timeoutMs = DEFAULT_TIMEOUT_MS, redirects = DEFAULT_REDIRECTS } = request;
      let leg: Leg = {
        url: readUrl(request.url),
        method: request.method ?? 'GET',
        headers: readHeaders(request.headers ?? {}),
        body: request.body,
      };
      const deadline = createDeadline(timeoutMs, request.signal);
      try {
        for (let followed = 0; ; followed += 1) {
          const head = await sendLeg(leg, deadline, timeoutMs, request.share ?? '');
          const { location } = head.headers;
          if (redirects === 0 || !REDIRECTS.has(head.status) || typeof location !== 'string') {
            if (head.status > 599) throw failed(leg.url.host, 'answer', `answered with status ${head.status}`);
            return readAnswer(head, deadline, request.limitBytes ?? DEFAULT_LIMIT_BYTES);
          }
          // Reading what little a redirect says keeps its connection; one that goes on saying it loses it.
          await head.body.dump({ limit: HEAD_BYTES, signal: deadline.signal });
          if (followed >= redirects) throw failed(leg.url.host, 'redirect', `redirects more than ${redirects} times`);
          leg = nextLeg(leg, head.status, location);
        }
      } catch (error) {
        deadline.end();
        throw deadline.translate(error, leg.url.host);
      }
    },
    close() {
      // Answers under way are waited for, look-ups are not.
      closing.abort(new Error('the client is closed'));
      return (closed ??= dispatcher.close());
    },
  };
}
