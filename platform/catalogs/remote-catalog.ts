import { createGuardedClient, type GuardedClient } from '../guarded-http/guarded-client.ts';
import { placeOf } from '../guarded-http/outbound-place.ts';
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
  // The operator's own choice of a source, which may be one of a closed network; what it leads to is judged.
  const client = createGuardedClient({ allowed: url === null ? [] : [placeOf(url)] });
  let current = options.fallback;
  let refresh: Promise<void> | undefined;
  let triedOnce = false;
  let leaveAloneUntilMs = 0;

  async function readSource(source: string): Promise<void> {
    let restMs = limits.retryMs;
    try {
      const found = options.read(await fetchJson(client, source, limits, closing.signal));
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
    close() {
      closing.abort();
      void client.close();
    },
  };
}

/** The document at a URL. Throws when it does not come, in whole, within the limits. */
async function fetchJson(
  client: Pick<GuardedClient, 'send'>,
  url: string,
  { timeoutMs, limitBytes }: Pick<RemoteCatalogLimits, 'timeoutMs' | 'limitBytes'>,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await client.send({ url, headers: { accept: 'application/json' }, timeoutMs, limitBytes, signal });
  if (answer.status !== 200) {
    answer.discard();
    throw new Error(`the source answered ${answer.status}`);
  }
  return JSON.parse(await answer.text()) as unknown;
}

async function withinMs(work: Promise<void>, limitMs: number): Promise<void> {
  const { promise: expired, resolve: expire } = Promise.withResolvers<void>();
  const timer = setTimeout(expire, limitMs);
  await Promise.race([work, expired]);
  clearTimeout(timer);
}
