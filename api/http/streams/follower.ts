import type { SharedEntry } from '../../../db/evidence/journal/read-stream.ts';
import type { JournalEvents } from '../../../domain/kernel/realtime/events-of-entry.ts';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import { createTailEntry, type EventFrame, type TailEntry } from './tail-entry.ts';

/** Where a follower's entries go. Nothing here may throw. */
export interface Sink {
  /** Whether it takes no more for now; it calls the follower's `advance` when it does again. */
  isFull(): boolean;
  deliver(entry: TailEntry): void;
  /** An event that is of no entry; a sink that is full lets it pass. */
  hint?(frame: EventFrame): void;
  /** The stream is not what the client knows (restored from a backup): it has to begin anew. */
  reset(): void;
}

/** The newest entries of a stream, in the memory of this process. */
export interface RecentEntries {
  /** How far this process has read the stream. */
  readonly position: number;
  /** All entries after this position are in `entries`. */
  readonly completeAfter: number;
  readonly entries: readonly TailEntry[];
}

/** Reads what is too old for memory: entries after `after` and up to `upTo`, at most `limit`. */
export type ReadOlder = (range: {
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
  readonly filter?: JournalFilter;
}) => Promise<readonly SharedEntry[]>;

/**
 * The position of the first matching entry after `after` and up to `upTo`, by the index of what the filter names;
 * `upTo` when there is none. Null for a filter that lets too much through to be worth it.
 */
export type FindFirst = (range: {
  readonly after: number;
  readonly upTo: number;
  readonly filter: JournalFilter;
}) => Promise<number | null>;

export interface Follower {
  /** All entries up to here were delivered. */
  readonly position: number;
  readonly sink: Sink;
  /** Delivers what there is and the sink takes. Called when the stream has grown and when the sink has room. */
  advance(): void;
  stop(): void;
}

/** Entries of a page; it is held in memory while its sink is full. */
const PAGE = 200;
/** Positions searched by one query of a selective filter. */
const WINDOW = 5_000;
const RETRY_MS = 1_000;

/** The index of the first entry after `position`. */
function firstAfter(entries: readonly TailEntry[], position: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.position <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * One client's place in a stream. It holds a position and not a queue: a client that reads slowly falls behind in the
 * shared memory, and from there on reads pages of its own. So every entry is delivered once and in order, whatever the
 * pace, and a client costs at most what its socket buffers and one page.
 */
export function createFollower(options: {
  readonly recent: RecentEntries;
  readonly after: number;
  readonly filter?: JournalFilter | undefined;
  readonly events: JournalEvents;
  readonly sink: Sink;
  readonly readOlder: ReadOlder;
  readonly findFirst: FindFirst;
  readonly onReadError: (error: unknown) => void;
}): Follower {
  const { recent, sink } = options;
  let position = options.after;
  let page: readonly TailEntry[] = [];
  let pageIndex = 0;
  let pageEnd = position;
  let isReading = false;
  /** Far behind, with a filter, what comes first may lie many windows ahead: looked up once. */
  let mayLeap = options.filter !== undefined;
  let isStopped = false;
  let retry: NodeJS.Timeout | undefined;

  /** Delivers from `entries` until the sink is full; false when it is. */
  function deliverFrom(entries: readonly TailEntry[], from: number): number {
    let index = from;
    while (index < entries.length && !isStopped && !sink.isFull()) {
      const entry = entries[index]!;
      index += 1;
      position = entry.position;
      sink.deliver(entry);
    }
    return index;
  }

  function advance(): void {
    if (isStopped || isReading) return;
    pageIndex = deliverFrom(page, pageIndex);
    if (isStopped || pageIndex < page.length) return;
    page = [];
    pageIndex = 0;
    position = Math.max(position, pageEnd);
    if (position >= recent.position || sink.isFull()) return;
    if (position < recent.completeAfter) {
      void readPage();
      return;
    }
    const from = firstAfter(recent.entries, position);
    if (deliverFrom(recent.entries, from) === recent.entries.length) position = Math.max(position, recent.position);
  }

  async function readPage(): Promise<void> {
    isReading = true;
    const { filter } = options;
    try {
      if (mayLeap && filter !== undefined && recent.position - position > WINDOW) {
        const first = await options.findFirst({ after: position, upTo: recent.position, filter });
        if (first !== null) position = Math.max(position, first - 1);
      }
      mayLeap = false;
      const upTo = Math.min(position + WINDOW, recent.position);
      const found = await options.readOlder({ after: position, upTo, limit: PAGE, ...(filter && { filter }) });
      page = found.map((entry) => createTailEntry(entry, options.events));
      pageIndex = 0;
      pageEnd = found.length < PAGE ? upTo : found.at(-1)!.position;
    } catch (error) {
      options.onReadError(error);
      if (!isStopped) retry = setTimeout(resume, RETRY_MS);
      return;
    }
    resume();
  }

  function resume(): void {
    isReading = false;
    advance();
  }

  return {
    get position() {
      return position;
    },
    sink,
    advance,
    stop() {
      isStopped = true;
      clearTimeout(retry);
      page = [];
    },
  };
}
