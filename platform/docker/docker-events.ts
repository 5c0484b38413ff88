import readline from 'node:readline';
import type { DockerClient } from './docker-client.ts';

export type DockerEvent =
  | { kind: 'exec_die'; containerId: string; execId: string; exitCode: number }
  | { kind: 'start' | 'oom'; containerId: string; labels: Readonly<Record<string, string>> }
  | { kind: 'die'; containerId: string; labels: Readonly<Record<string, string>>; exitCode: number }
  /** An image lost a name, which is also how its removal begins. */
  | { kind: 'untag'; imageId: string }
  /** The stream is (again) established: whatever a listener believes may be old, so it asks the daemon once. */
  | { kind: 'resync' };

export interface DockerEvents {
  /** Returns the function that ends the subscription. Listeners must not throw. */
  subscribe(listener: (event: DockerEvent) => void): () => void;
  /** Resolves with the first established stream; never rejects. */
  ready: Promise<void>;
  close(): Promise<void>;
}

interface RawEvent {
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
  timeNano?: number;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

function parseEvent(raw: RawEvent): DockerEvent | undefined {
  const containerId = raw.Actor?.ID;
  if (containerId === undefined) return undefined;
  if (raw.Action === 'untag') return { kind: 'untag', imageId: containerId };
  const labels = raw.Actor?.Attributes ?? {};
  const exitCode = Number(labels.exitCode ?? -1);
  switch (raw.Action) {
    case 'exec_die':
      return labels.execID === undefined
        ? undefined
        : { kind: 'exec_die', containerId, execId: labels.execID, exitCode };
    case 'die':
      return { kind: 'die', containerId, labels, exitCode };
    case 'start':
    case 'oom':
      return { kind: raw.Action, containerId, labels };
    default:
      return undefined;
  }
}

/** The daemon's nanoseconds as it wants them back. They exceed 2^53, so the text of the line is cut, not the number. */
function timeOf(line: string): string | undefined {
  const digits = /"timeNano":(\d{10,})/.exec(line)?.[1];
  return digits === undefined ? undefined : `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/**
 * One subscription to the daemon for all containers and images that carry `label` (`key=value`). After a break it
 * reconnects with backoff from the time of the last event (the daemon replays its last few hundred) and then emits
 * `resync`.
 */
export function createDockerEvents(deps: {
  docker: Pick<DockerClient, 'openEvents'>;
  label: string;
  onDisconnect?: (error: unknown) => void;
}): DockerEvents {
  const listeners = new Set<(event: DockerEvent) => void>();
  const closing = new AbortController();
  const { promise: ready, resolve: markReady } = Promise.withResolvers<void>();
  let since: string | undefined;
  // `since` is inclusive: the lines of exactly that time come again.
  let seenAtSince = new Set<string>();

  const emit = (event: DockerEvent) => {
    for (const listener of listeners) listener(event);
  };

  function accept(line: string): void {
    const time = timeOf(line);
    if (time === undefined) return;
    if (time === since && seenAtSince.has(line)) return;
    if (time !== since) seenAtSince = new Set();
    since = time;
    seenAtSince.add(line);
    const event = parseEvent(JSON.parse(line) as RawEvent);
    if (event !== undefined) emit(event);
  }

  async function follow(): Promise<void> {
    const stream = await deps.docker.openEvents(
      { events: ['start', 'die', 'oom', 'exec_die', 'untag'], label: deps.label, since },
      closing.signal,
    );
    markReady();
    emit({ kind: 'resync' });
    const lines = readline.createInterface({ input: stream });
    stream.once('error', () => lines.close());
    try {
      for await (const line of lines) if (line.length > 0) accept(line);
    } finally {
      stream.destroy();
    }
  }

  async function pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    closing.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!closing.signal.aborted) {
      const startedMs = performance.now();
      try {
        await follow();
      } catch (error) {
        if (!closing.signal.aborted) deps.onDisconnect?.(error);
      }
      if (closing.signal.aborted) return;
      if (performance.now() - startedMs > LONGEST_RETRY_MS) retryMs = FIRST_RETRY_MS;
      await pause(retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  const running = run();

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ready,
    async close() {
      closing.abort();
      await running;
      listeners.clear();
    },
  };
}
