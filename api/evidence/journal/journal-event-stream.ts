import type { Readable } from 'node:stream';
import type { SequencedEntry } from '../../../db/evidence/journal/read-stream.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import { matchesFilter } from '../../../domain/evidence/journal/matches-filter.ts';
import { type JournalReader, mayReadEntry } from '../../../domain/evidence/journal/journal-reader.ts';
import { readerOf } from '../../http/streams/access-watch.ts';
import { openEventStream } from '../../http/streams/event-stream.ts';
import type { Follower, Sink } from '../../http/streams/follower.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import { sseOf } from '../../http/streams/tail-entry.ts';

/**
 * The journal as server-sent events (docs/contracts/journal-and-streams.md, Server-sent events). Each entry is an
 * unnamed event whose id is its position; `reset` and `closed` are named. A heartbeat carries the position reached, and
 * comes each second in which that moved without an entry, so that a client whose filter lets little through resumes
 * from there and not from its last entry.
 */
export async function openJournalStream(
  realtime: Realtime,
  client: {
    readonly workspaceId: string;
    readonly credentialId: string;
    readonly filter: JournalFilter & { readonly reader: JournalReader };
    /** Last-Event-ID; null: begin with the newest entries. */
    readonly after: number | null;
    /** The newest entries that match, at or before a position, oldest first. */
    readonly readNewest: (upTo: number) => Promise<readonly SequencedEntry[]>;
  },
): Promise<Readable> {
  let follower: Follower | undefined;
  let { reader } = client.filter;
  /** What the client knows of how far it is: entries that its filter keeps from it move it on, too. */
  let toldPosition: number | null = null;
  /** Nothing is delivered before the newest entries were sent. */
  let hasBegun = false;

  function reached(): number | null {
    return follower !== undefined && hasBegun ? follower.position : null;
  }

  const events = openEventStream(realtime, {
    workspaceId: client.workspaceId,
    credentialId: client.credentialId,
    hasNews: () => reached() !== toldPosition,
    heartbeat() {
      toldPosition = reached();
      return toldPosition === null ? ': \n\n' : `: \nid: ${toldPosition}\n\n`;
    },
    onRoom: () => follower?.advance(),
    onRights(identity) {
      reader = readerOf(identity, client.workspaceId);
    },
    onClose() {
      if (follower !== undefined) realtime.tails.unfollow(client.workspaceId, follower);
    },
  });

  const sink: Sink = {
    isFull: () => !hasBegun || events.hasEnded || events.isFull(),
    deliver(entry) {
      if (!matchesFilter(entry.entry, client.filter) || !mayReadEntry(entry.audience, reader)) return;
      toldPosition = entry.position;
      events.push(entry.sse());
    },
    reset: () => events.end('reset', { reason: 'the journal was restored; begin anew without Last-Event-ID' }),
  };

  try {
    await begin();
  } catch (error) {
    events.body.destroy();
    if (follower !== undefined) realtime.tails.unfollow(client.workspaceId, follower);
    throw error;
  }
  return events.body;

  async function begin(): Promise<void> {
    const request = { workspaceId: client.workspaceId, filter: client.filter, sink };
    if (client.after !== null) {
      const found = await realtime.tails.follow({ ...request, after: client.after });
      if (found !== 'ahead') return start(found);
      // Ids beyond the end: the client knows a journal that was lost. What it is sent next is not a continuation.
      events.push(`event: reset\ndata: ${JSON.stringify({ reason: 'unknown_position' })}\n\n`);
    }
    const found = await realtime.tails.follow({ ...request, after: null });
    if (found === 'ahead') throw new CrewshipError('internal', 'a stream ended before its own end');
    follower = found;
    // Read after the place was taken: what lies before it is sent now, what lies after it comes by itself.
    for (const entry of await client.readNewest(found.position)) events.push(sseOf(entry));
    start(found);
  }

  function start(found: Follower): void {
    follower = found;
    hasBegun = true;
    if (events.body.destroyed) realtime.tails.unfollow(client.workspaceId, found);
    else found.advance();
  }
}
