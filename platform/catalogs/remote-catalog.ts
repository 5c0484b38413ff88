import type { Logger } from '../logging/logger.ts';

export interface RemoteCatalogLimits {
  /** How long what was read is fresh. */
  readonly ttlMs: number;
  /** How long after a failure the source is left alone. */
  readonly retryMs: number;
  readonly timeoutMs: number;
  /** How long the first callers wait for the source, as long as there is only the fallback to give. */
  readonly firstWaitMs: number;
  /** Size of the source's answer, unpacked. */
  readonly limitBytes: number;
}

const DEFAULT_LIMITS: RemoteCatalogLimits = {
  ttlMs: 6 * 3_600_000,
  retryMs: 300_000,
  timeoutMs: 15_000,
  firstWaitMs: 2_000,
  limitBytes: 16 * 1_024 * 1_024,
};

/** A list that is read from elsewhere when it is asked for. */
export interface RemoteCatalog<Entry> {
  /** What was last read well, or the fallback; never rejects. */
  entries(): Promise<readonly Entry[]>;
  /** Gives up what is being read. */
  close(): void;
}

/**
 * A list behind a URL, with a fallback. Nothing is fetched until somebody asks, and by one request at a time; what is
 * stale is given while it is read anew. A source that fails, is slow, too large or of another shape changes nothing.
 * `url` null: only the fallback. `read` gives the entries of the parsed document, or null when it is not of its shape.
 */
export function createRemoteCatalog<Entry>(options: {
  readonly name: string;
  readonly url: string | null;
  readonly read: (document: unknown) => readonly Entry[] | null;
  readonly fallback: readonly Entry[];
  readonly log: Pick<Logger, 'warn'>;
  readonly limits?: Partial<RemoteCatalogLimits>;
}): RemoteCatalog<Entry> {
  const { url } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const closing = new AbortController();
  let current = options.fallback;
  let refresh: Promise<void> | undefined;
  let triedOnce = false;
  let leaveAloneUntilMs = 0;

  async function readSource(source: string): Promise<void> {
    let restMs = limits.retryMs;
    try {
      const found = options.read(await fetchJson(source, limits, closing.signal));
      if (found === null || found.length === 0) throw new Error('the answer is of another shape');
      current = found;
      restMs = limits.ttlMs;
    } catch (error) {
      if (!closing.signal.aborted) {
        options.log.warn({ err: error, catalog: options.name }, 'a catalog was not read; the last one stays');
      }
    }
    triedOnce = true;
    leaveAloneUntilMs = performance.now() + restMs;
    refresh = undefined;
  }

  return {
    async entries() {
      if (url === null || closing.signal.aborted) return current;
      if (refresh === undefined && (!triedOnce || performance.now() >= leaveAloneUntilMs)) refresh = readSource(url);
      if (refresh !== undefined && !triedOnce) await withinMs(refresh, limits.firstWaitMs);
      return current;
    },
    close: () => closing.abort(),
  };
}

async function fetchJson(
  url: string,
  limits: Pick<RemoteCatalogLimits, 'timeoutMs' | 'limitBytes'>,
  closing: AbortSignal,
): Promise<unknown> {
  const giveUp = new AbortController();
  const abort = () => giveUp.abort(closing.reason ?? new Error(`no whole answer within ${limits.timeoutMs} ms`));
  closing.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(abort, limits.timeoutMs);
  // What it waits for must not keep the process from ending.
  timer.unref();
  try {
    return JSON.parse(await readText(url, giveUp.signal, limits.limitBytes)) as unknown;
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', abort);
  }
}

async function readText(url: string, signal: AbortSignal, limitBytes: number): Promise<string> {
  const response = await fetch(url, { signal, headers: { accept: 'application/json' } });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the source answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the answer.
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new Error(`the answer is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function withinMs(work: Promise<void>, limitMs: number): Promise<void> {
  const { promise: expired, resolve: expire } = Promise.withResolvers<void>();
  const timer = setTimeout(expire, limitMs);
  await Promise.race([work, expired]);
  clearTimeout(timer);
}
