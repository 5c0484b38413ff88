import type { LiveClient } from '../../http/streams/live-clients.ts';
import { Readable } from 'node:stream';
import type { SequencedEntry } from '../../../db/evidence/journal/read-stream.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import { matchesFilter } from '../../../domain/evidence/journal/matches-filter.ts';
import { mayRead } from '../../http/streams/access-watch.ts';
import type { Follower, Sink } from '../../http/streams/follower.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import { sseOf } from '../../http/streams/tail-entry.ts';

/** What waits for a client in this process; beyond it the client's entries wait in the journal. */
const BUFFER_BYTES = 65_536;
/** How soon a browser connects again by itself. */
const RECONNECT_MS = 2_000;
/** A client that does not read its end is cut off. */
const END_GRACE_MS = 1_000;

/**
 * The journal as server-sent events (docs/contracts/journal-and-streams.md, Server-sent events). Each entry is an
 * unnamed event whose id is its position; `reset` and `closed` are named. A heartbeat carries the position reached, so
 * that a client whose filter lets little through resumes from there and not from its last entry.
 */
export async function openJournalStream(
  realtime: Realtime,
  client: {
    readonly workspaceId: string;
    readonly credentialId: string;
    readonly filter: JournalFilter;
    /** Last-Event-ID; null: begin with the newest entries. */
    readonly after: number | null;
    /** The newest entries that match, at or before a position, oldest first. */
    readonly readNewest: (upTo: number) => Promise<readonly SequencedEntry[]>;
  },
): Promise<Readable> {
  const { timings } = realtime;
  let follower: Follower | undefined;
  let blockedSinceMs: number | undefined;
  let beatAtMs = performance.now() + timings.streamHeartbeatMs;
  /** Nothing is delivered before the newest entries were sent. */
  let hasBegun = false;
  let hasEnded = false;

  const stream = new Readable({
    highWaterMark: BUFFER_BYTES,
    read() {
      if (blockedSinceMs === undefined) return;
      blockedSinceMs = undefined;
      process.nextTick(() => follower?.advance());
    },
  });
  stream.setEncoding('utf8');

  /** The stream may end while something is read for it: what comes later is for nobody. */
  function push(text: string): void {
    if (!hasEnded) stream.push(text);
  }

  function end(event: string, data: object): void {
    if (hasEnded) return;
    hasEnded = true;
    stream.push(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    stream.push(null);
    setTimeout(() => stream.destroy(), END_GRACE_MS).unref();
  }

  const sink: Sink = {
    isFull() {
      if (!hasBegun || hasEnded) return true;
      if (stream.readableLength < BUFFER_BYTES) return false;
      blockedSinceMs ??= performance.now();
      return true;
    },
    deliver(entry) {
      if (matchesFilter(entry.entry, client.filter)) push(entry.sse());
    },
    reset: () => end('reset', { reason: 'the journal was restored; begin anew without Last-Event-ID' }),
  };

  const live: LiveClient = {
    tick(nowMs) {
      if (blockedSinceMs !== undefined) {
        // A client that takes nothing: what is buffered for it is given up, and its place in the stream is in what it
        // has.
        if (nowMs - blockedSinceMs > timings.stallLimitMs) stream.destroy();
        return;
      }
      if (nowMs < beatAtMs || hasEnded) return;
      beatAtMs = nowMs + timings.streamHeartbeatMs;
      push(follower !== undefined && hasBegun ? `: \nid: ${follower.position}\n\n` : ': \n\n');
    },
    shutDown: () => end('closed', { reason: 'shutting_down' }),
  };
  const leave = realtime.clients.admit(live, `workspace ${client.workspaceId}`);
  const unwatch = realtime.access.watch(client.credentialId, (identity) => {
    if (identity === null || !mayRead(identity, client.workspaceId)) end('closed', { reason: 'access_revoked' });
  });
  stream.once('close', () => {
    hasEnded = true;
    leave();
    unwatch();
    if (follower !== undefined) realtime.tails.unfollow(client.workspaceId, follower);
  });

  push(`retry: ${RECONNECT_MS}\n\n`);
  try {
    await begin();
  } catch (error) {
    stream.destroy();
    if (follower !== undefined) realtime.tails.unfollow(client.workspaceId, follower);
    throw error;
  }
  return stream;

  async function begin(): Promise<void> {
    const request = { workspaceId: client.workspaceId, filter: client.filter, sink };
    if (client.after !== null) {
      const found = await realtime.tails.follow({ ...request, after: client.after });
      if (found !== 'ahead') return start(found);
      // Ids beyond the end: the client knows a journal that was lost. What it is sent next is not a continuation.
      push(`event: reset\ndata: ${JSON.stringify({ reason: 'unknown_position' })}\n\n`);
    }
    const found = await realtime.tails.follow({ ...request, after: null });
    if (found === 'ahead') throw new CrewshipError('internal', 'a stream ended before its own end');
    follower = found;
    // Read after the place was taken: what lies before it is sent now, what lies after it comes by itself.
    for (const entry of await client.readNewest(found.position)) push(sseOf(entry));
    start(found);
  }

  function start(found: Follower): void {
    follower = found;
    hasBegun = true;
    if (stream.destroyed) realtime.tails.unfollow(client.workspaceId, found);
    else found.advance();
  }
}
