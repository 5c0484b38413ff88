import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { Identity } from '../../../db/people/identity/find-identity.ts';
import { credentialOf, type Principal } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { mayRead } from './access-watch.ts';
import type { LiveClient } from './live-clients.ts';
import type { Realtime } from './realtime.ts';

/** What waits for a client in this process; beyond it the client's events wait where they are stored. */
const BUFFER_BYTES = 65_536;
/** How soon a browser connects again by itself. */
const RECONNECT_MS = 2_000;
/** A client that does not read its end is cut off. */
const END_GRACE_MS = 1_000;

/** Headers of every answer that is a stream of events. */
const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

/** Whether a request asks for events where JSON is answered otherwise. */
export function wantsEvents(request: Pick<FastifyRequest, 'headers'>): boolean {
  return (request.headers.accept ?? '').split(',').some((type) => type.trim().startsWith('text/event-stream'));
}

/**
 * The position in Last-Event-ID, or null without one. Throws `invalid_request` on what no event of ours had as its id.
 */
export function lastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === '') return null;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw invalidField('Last-Event-ID', 'is no id of this stream');
  }
  return Number(header);
}

/** What a stream hangs on: it ends with it. Throws `forbidden` for who is known by something else. */
export function streamCredential(principal: Principal): string {
  const credentialId = credentialOf(principal);
  if (credentialId === null) throw new CrewshipError('forbidden', 'following events needs a token or session');
  return credentialId;
}

/** The answer that is a stream of events; its body is sent as it comes, whatever the route's JSON is. */
export function eventsAnswer(body: Readable | '') {
  return { status: 200 as const, body: body as never, headers: EVENT_STREAM_HEADERS };
}

/** One client's server-sent events. */
export interface EventStream {
  readonly body: Readable;
  /** Nothing more is taken: it was ended, or the client is gone. */
  readonly hasEnded: boolean;
  /** Sends what is a whole event or comment already. What comes after the end is for nobody. */
  push(text: string): void;
  /** The last event, named. */
  end(event: string, data: object): void;
  /** What was sent last was the last. */
  finish(): void;
  /** Whether the client takes no more for now; `onRoom` follows when it does again. */
  isFull(): boolean;
}

/** An event of a name and an id, as it is sent. */
export function eventText(event: {
  readonly id: string | number;
  readonly name?: string;
  readonly data: object;
}): string {
  const name = event.name === undefined ? '' : `event: ${event.name}\n`;
  return `${name}id: ${event.id}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

/**
 * Admits a client to the live ones of this process: with heartbeats, an end when the process shuts down or the client
 * may read no more, and an end without words for one that takes nothing of what waits for it.
 *
 * @throws CrewshipError `unavailable` when too many clients are connected
 */
export function openEventStream(
  realtime: Pick<Realtime, 'clients' | 'access' | 'timings'>,
  client: {
    readonly workspaceId: string;
    readonly credentialId: string;
    /** A comment, and what goes with it. */
    readonly heartbeat: () => string;
    /** The last event as it is sent where the stream is not one of server-sent events. */
    readonly endText?: (event: string, data: object) => string;
    /** A heartbeat has something to say before its time. */
    readonly hasNews?: () => boolean;
    readonly onRoom: () => void;
    /** The client may still read; what it may see of it was looked at again. */
    readonly onRights?: (identity: Identity) => void;
    /** `isGone`: the client went before the stream's end. */
    readonly onClose: (isGone: boolean) => void;
  },
): EventStream {
  const { timings } = realtime;
  let blockedSinceMs: number | undefined;
  let beatAtMs = performance.now() + timings.streamHeartbeatMs;
  let hasEnded = false;

  const body = new Readable({
    highWaterMark: BUFFER_BYTES,
    read() {
      if (blockedSinceMs === undefined) return;
      blockedSinceMs = undefined;
      process.nextTick(client.onRoom);
    },
  });
  body.setEncoding('utf8');

  function push(text: string): void {
    if (!hasEnded) body.push(text);
  }

  function finish(): void {
    if (hasEnded) return;
    hasEnded = true;
    body.push(null);
    setTimeout(() => body.destroy(), END_GRACE_MS).unref();
  }

  function end(event: string, data: object): void {
    push(client.endText?.(event, data) ?? `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    finish();
  }

  const live: LiveClient = {
    tick(nowMs, stoodMs) {
      if (blockedSinceMs !== undefined) {
        blockedSinceMs = Math.min(nowMs, blockedSinceMs + stoodMs);
        // A client that takes nothing: what is buffered for it is given up, and its place in the stream is in what it
        // has.
        if (nowMs - blockedSinceMs > timings.stallLimitMs) body.destroy();
        return;
      }
      if (hasEnded || (nowMs < beatAtMs && client.hasNews?.() !== true)) return;
      beatAtMs = nowMs + timings.streamHeartbeatMs;
      push(client.heartbeat());
    },
    shutDown: () => end('closed', { reason: 'shutting_down' }),
  };
  const leave = realtime.clients.admit(live, `workspace ${client.workspaceId}`);
  const unwatch = realtime.access.watch(client.credentialId, (identity) => {
    if (identity === null || !mayRead(identity, client.workspaceId)) end('closed', { reason: 'access_revoked' });
    else client.onRights?.(identity);
  });
  body.once('close', () => {
    const isGone = !hasEnded;
    hasEnded = true;
    leave();
    unwatch();
    client.onClose(isGone);
  });
  if (client.endText === undefined) push(`retry: ${RECONNECT_MS}\n\n`);

  return {
    body,
    get hasEnded() {
      return hasEnded;
    },
    push,
    end,
    finish,
    isFull() {
      if (body.readableLength < BUFFER_BYTES) return false;
      blockedSinceMs ??= performance.now();
      return true;
    },
  };
}
