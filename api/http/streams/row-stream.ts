import type { Readable } from 'node:stream';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import { matchesFilter } from '../../../domain/evidence/journal/matches-filter.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { type EventStream, eventText, openEventStream } from './event-stream.ts';
import type { Follower, Sink } from './follower.ts';
import type { Realtime } from './realtime.ts';

const RETRY_MS = 1_000;

/** What a look at the rows of one thing found, in their order. */
export interface RowsFound {
  readonly events: readonly { readonly id: number; readonly name: string; readonly data: object }[];
  /** More rows were there than one look takes. */
  readonly hasMore: boolean;
  /** Nothing follows, ever: how the stream ends once these are sent. */
  readonly end: { readonly name: string; readonly data: object } | null;
}

/**
 * The rows of one thing, as the output of a run, as server-sent events. They are read when the journal, whose entries
 * commit with them, says that there are more; what a slow client has not been sent waits in the table, and one that
 * connects again with `Last-Event-ID` goes on after it, on any process.
 */
export async function openRowStream(
  realtime: Realtime,
  client: {
    readonly workspaceId: string;
    readonly credentialId: string;
    /** Entries that come with more rows, or with the end. */
    readonly entries: JournalFilter;
    /** The id of the last row that the client has. */
    readonly after: number;
    readonly read: (after: number) => Promise<RowsFound>;
    readonly log: Pick<Logger, 'warn'>;
  },
): Promise<Readable> {
  let follower: Follower | undefined;
  let after = client.after;
  let isReading = false;
  /** Something was announced that the look under way may not have seen. */
  let isDue = true;
  let retry: NodeJS.Timeout | undefined;

  const events: EventStream = openEventStream(realtime, {
    workspaceId: client.workspaceId,
    credentialId: client.credentialId,
    heartbeat: () => ': \n\n',
    onRoom: () => void advance(),
    onClose() {
      clearTimeout(retry);
      leave();
    },
  });

  function leave(): void {
    if (follower !== undefined) realtime.tails.unfollow(client.workspaceId, follower);
  }

  async function advance(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      while (isDue && !events.hasEnded && !events.isFull()) {
        isDue = false;
        const found = await client.read(after);
        for (const event of found.events) {
          events.push(eventText(event));
          after = event.id;
        }
        if (found.end !== null && !found.hasMore) events.end(found.end.name, found.end.data);
        isDue ||= found.hasMore;
      }
    } catch (error) {
      client.log.warn({ err: error }, 'rows that are followed could not be read');
      isDue = true;
      if (!events.hasEnded) retry = setTimeout(() => void advance(), RETRY_MS);
    } finally {
      isReading = false;
    }
  }

  const sink: Sink = {
    // What is taken here is the announcement; the rows themselves wait in the table.
    isFull: () => events.hasEnded,
    deliver(entry) {
      if (!matchesFilter(entry.entry, client.entries)) return;
      isDue = true;
      void advance();
    },
    reset: () => events.end('reset', { reason: 'the journal was restored; begin anew without Last-Event-ID' }),
  };

  try {
    // The place in the journal comes first: what is written after it is announced, what was before it is read now.
    const found = await realtime.tails.follow({
      workspaceId: client.workspaceId,
      filter: client.entries,
      after: null,
      sink,
    });
    if (found === 'ahead') throw new CrewshipError('internal', 'a stream ended before its own end');
    follower = found;
  } catch (error) {
    events.body.destroy();
    throw error;
  }
  if (events.body.destroyed) leave();
  else {
    follower.advance();
    void advance();
  }
  return events.body;
}
