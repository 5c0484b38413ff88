import type { Connection } from './connection.ts';
import { CrewshipProblem, CrewshipStreamEnded, CrewshipUnreachable } from './problem.ts';
import { backoffMs, delay } from './waiting.ts';

/** An event of a channel. Its payload holds ids and states: read the row for the rest. */
export interface SocketEvent {
  readonly type: string;
  readonly channel: string;
  readonly payload: unknown;
  /** Position of the journal's entry behind it; the next subscription goes on after it. Some hints have none. */
  readonly seq?: number;
}

export interface SocketOptions {
  /** The `seq` of the last event that was seen. */
  readonly after?: number;
  readonly signal?: AbortSignal;
  /** Instead of the global one, which Node has from 22 on. */
  readonly webSocket?: typeof WebSocket;
}

interface Frame extends SocketEvent {
  readonly payload: {
    readonly position?: number;
    readonly reset?: boolean;
    readonly reason?: string;
    readonly error?: string;
  } | null;
}

/** Events that wait for the reader: beyond it the socket is left, and the rest is read again from the journal. */
const MAX_WAITING = 1_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const FATAL = new Set(['unauthenticated', 'forbidden', 'not_found', 'invalid_request', 'access_revoked']);

/**
 * The events of one channel, over a socket of its own that is opened again where it broke. Rejects with
 * {@link CrewshipStreamEnded} when the channel is refused, access is gone or the place in it is not known any more.
 */
export async function* channelEvents(
  connection: Connection,
  takeToken: () => Promise<string>,
  channel: string,
  options: SocketOptions,
): AsyncGenerator<SocketEvent, never> {
  const { signal } = options;
  let after = options.after;
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const frame of framesOf(connection, await takeToken(), channel, after, options)) {
        failures = 0;
        if (frame.type === 'subscribed') {
          if (after !== undefined && frame.payload?.reset === true) throw new CrewshipStreamEnded(channel, 'reset');
          after ??= frame.payload?.position;
        } else {
          yield frame;
          after = frame.seq ?? after;
        }
      }
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      const isRefused = error instanceof CrewshipProblem && ![429, 503].includes(error.status);
      if (isRefused || error instanceof CrewshipStreamEnded || !isKnown(error)) throw error;
    }
    await delay(backoffMs(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), signal);
  }
}

function isKnown(error: unknown): boolean {
  return error instanceof CrewshipProblem || error instanceof CrewshipUnreachable;
}

/** Frames of one socket from `subscribed` on, until it closes. */
async function* framesOf(
  connection: Connection,
  token: string,
  channel: string,
  after: number | undefined,
  { signal, webSocket = globalThis.WebSocket }: SocketOptions,
): AsyncGenerator<Frame, undefined> {
  if (webSocket === undefined) throw new TypeError('there is no WebSocket here: pass one as options.webSocket');
  const socket = new webSocket(connection.socketUrl('/ws'));
  const waiting: Frame[] = [];
  let end: Error | null | undefined;
  let wake = (): void => {};
  let silence: ReturnType<typeof setTimeout> | undefined;

  function finish(why: Error | null): void {
    end ??= why;
    clearTimeout(silence);
    socket.close();
    wake();
  }
  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(() => finish(null), connection.silenceMs);
  }
  const abort = (): void => finish(null);
  signal?.addEventListener('abort', abort, { once: true });
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'auth', token })));
  // What is wrong with a socket also closes it.
  socket.addEventListener('error', () => {});
  socket.addEventListener('close', () => finish(null));
  socket.addEventListener('message', ({ data }) => {
    heard();
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.type === 'ready')
      socket.send(JSON.stringify({ type: 'subscribe', channel, payload: after === undefined ? {} : { after } }));
    else if (frame.type === 'error') finish(refusal(frame, channel));
    else if (frame.type === 'session_revoked') finish(new CrewshipStreamEnded(channel, 'access_revoked'));
    else if (frame.type === 'unsubscribed') finish(new CrewshipStreamEnded(channel, frame.payload?.reason ?? 'reset'));
    else if (frame.channel === channel) waiting.push(frame);
    if (waiting.length > MAX_WAITING) finish(null);
    wake();
  });
  heard();
  try {
    for (;;) {
      yield* waiting.splice(0);
      signal?.throwIfAborted();
      if (waiting.length > 0) continue;
      if (end !== undefined) {
        if (end !== null) throw end;
        return;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    finish(null);
  }
}

/** What passes, such as a journal that cannot be read for now, is a break like any other. */
function refusal(frame: Frame, channel: string): Error | null {
  const code = frame.payload?.error ?? 'refused';
  return FATAL.has(code) ? new CrewshipStreamEnded(channel, code) : null;
}
