import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { SharedEntry } from '../../../db/evidence/journal/read-stream.ts';
import type { JournalEvents } from '../../../domain/kernel/realtime/events-of-entry.ts';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import {
  createFollower,
  type FindFirst,
  type Follower,
  type ReadOlder,
  type RecentEntries,
  type Sink,
} from './follower.ts';
import { createTailEntry, type EventFrame, type TailEntry } from './tail-entry.ts';

export interface FollowRequest {
  readonly workspaceId: string;
  /** The last position the client has; null: from now on. */
  readonly after: number | null;
  /** Lets what is read for this client alone be narrowed by the store; the sink still decides on every entry. */
  readonly filter?: JournalFilter;
  readonly sink: Sink;
}

export interface JournalTails {
  /**
   * Begins to deliver entries after `after`, each once and in order, until stopped. `after` may not lie beyond the
   * stream's end: `ahead` then. Rejects with `unavailable` when the stream cannot be read.
   */
  follow(request: FollowRequest): Promise<Follower | 'ahead'>;
  unfollow(workspaceId: string, follower: Follower): void;
  /** The workspace's stream reaches this position. */
  grown(workspaceId: string, position: number): void;
  /** Gives those who follow the workspace's stream, and take more for now, an event that is no part of it. */
  hint(workspaceId: string, frame: EventFrame): void;
  /** Announcements may have been missed: looks at all streams that are followed, in one query. */
  look(): Promise<void>;
  /** Streams that are followed here. */
  readonly size: number;
}

interface Tail extends RecentEntries {
  position: number;
  completeAfter: number;
  entries: TailEntry[];
  readonly workspaceId: string;
  readonly followers: Set<Follower>;
  /** Followers that are being added; an empty tail is dropped only when there are none. */
  joining: number;
  announced: number;
  isQueued: boolean;
  readonly opened: Promise<void>;
}

const PAGE = 500;
/** Entries kept for clients that reconnect or lag: of one stream, and of all together (some 3 KB each). */
const KEPT_ENTRIES = 1_000;
const KEPT_ENTRIES_OF_ALL = 20_000;
/** Of the process's read connections: the rest is for requests. */
const TAIL_READERS = 2;
const OLDER_READERS = 2;

/**
 * The streams that clients of this process follow. However many follow one stream, each of its entries is read once;
 * what is sent is made once too. Nothing is polled: streams are read when they are announced to have grown, and all are
 * looked at together, by one query of a constant rate, for announcements that got lost.
 */
export function createJournalTails(deps: {
  readonly readStream: (workspaceId: string, range: Parameters<ReadOlder>[0]) => Promise<readonly SharedEntry[]>;
  readonly findFirst: (workspaceId: string, range: Parameters<FindFirst>[0]) => ReturnType<FindFirst>;
  readonly readPositions: (workspaceIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly events: JournalEvents;
  readonly log: Pick<Logger, 'warn'>;
}): JournalTails {
  const tails = new Map<string, Tail>();
  const due: Tail[] = [];
  let readers = 0;
  const olderReads = createGate(OLDER_READERS);

  function open(workspaceId: string): Tail {
    const known = tails.get(workspaceId);
    if (known !== undefined) return known;
    const tail: Tail = {
      workspaceId,
      position: 0,
      completeAfter: 0,
      entries: [],
      followers: new Set(),
      joining: 0,
      announced: 0,
      isQueued: false,
      opened: deps.readPositions([workspaceId]).then((positions) => {
        tail.position = tail.completeAfter = positions.get(workspaceId) ?? 0;
      }),
    };
    tails.set(workspaceId, tail);
    tail.opened.catch(() => {
      if (tails.get(workspaceId) === tail) tails.delete(workspaceId);
    });
    return tail;
  }

  function dropIfIdle(tail: Tail): void {
    if (tail.followers.size === 0 && tail.joining === 0 && tails.get(tail.workspaceId) === tail) {
      tails.delete(tail.workspaceId);
    }
  }

  async function follow(request: FollowRequest): Promise<Follower | 'ahead'> {
    const tail = open(request.workspaceId);
    tail.joining += 1;
    try {
      await tail.opened;
      if (request.after !== null && request.after > tail.position) {
        // Another process may have read further than this one.
        const reached = (await deps.readPositions([tail.workspaceId])).get(tail.workspaceId) ?? 0;
        grown(tail.workspaceId, reached);
        if (request.after > reached) return 'ahead';
      }
      if (tails.get(tail.workspaceId) !== tail) throw new Error('the stream was reset');
      return addFollower(tail, request);
    } catch (error) {
      throw new CrewshipError('unavailable', 'the journal cannot be read; try again', { cause: error });
    } finally {
      tail.joining -= 1;
      dropIfIdle(tail);
    }
  }

  function addFollower(tail: Tail, request: FollowRequest): Follower {
    const follower = createFollower({
      recent: tail,
      after: request.after ?? tail.position,
      filter: request.filter,
      events: deps.events,
      sink: request.sink,
      readOlder: (range) => olderReads(() => deps.readStream(tail.workspaceId, range)),
      findFirst: (range) => olderReads(() => deps.findFirst(tail.workspaceId, range)),
      onReadError: (error) => deps.log.warn({ err: error }, 'a client waits for journal entries that cannot be read'),
    });
    tail.followers.add(follower);
    return follower;
  }

  function grown(workspaceId: string, position: number): void {
    const tail = tails.get(workspaceId);
    if (tail === undefined || position <= tail.announced) return;
    tail.announced = position;
    readSoon(tail);
  }

  function readSoon(tail: Tail): void {
    if (tail.isQueued) return;
    tail.isQueued = true;
    due.push(tail);
    if (readers < TAIL_READERS) void readDue();
  }

  async function readDue(): Promise<void> {
    readers += 1;
    for (let tail = due.shift(); tail !== undefined; tail = due.shift()) {
      try {
        await tail.opened;
        await readTail(tail);
      } catch (error) {
        // What was announced stays announced: the next look or announcement reads it.
        deps.log.warn({ err: error, workspace_id: tail.workspaceId }, 'a followed journal could not be read');
        tail.announced = tail.position;
      } finally {
        tail.isQueued = false;
      }
      if (tail.announced > tail.position && tail.followers.size > 0) readSoon(tail);
    }
    readers -= 1;
  }

  /** One page; streams take turns. */
  async function readTail(tail: Tail): Promise<void> {
    const after = tail.position;
    const upTo = tail.announced;
    if (upTo <= after) return;
    const found = await deps.readStream(tail.workspaceId, { after, upTo, limit: PAGE });
    for (const entry of found) tail.entries.push(createTailEntry(entry, deps.events));
    tail.position = found.length < PAGE ? upTo : found.at(-1)!.position;
    for (const follower of tail.followers) follower.advance();
    trim(tail);
  }

  /** Streams share the memory evenly; whoever needs more than its share holds reads it again. */
  function trim(tail: Tail): void {
    const surplus = tail.entries.length - Math.min(KEPT_ENTRIES, Math.floor(KEPT_ENTRIES_OF_ALL / tails.size));
    if (surplus > 0) tail.completeAfter = tail.entries.splice(0, surplus).at(-1)!.position;
  }

  async function look(): Promise<void> {
    const before = new Map([...tails].map(([id, tail]) => [id, { tail, position: tail.position }]));
    if (before.size === 0) return;
    for (const tail of tails.values()) trim(tail);
    try {
      const positions = await deps.readPositions([...before.keys()]);
      for (const [id, { tail, position }] of before) {
        const reached = positions.get(id) ?? 0;
        // Shorter than it was: the database was restored. What the clients have is not what the stream holds.
        if (reached < position) resetTail(tail);
        else grown(id, reached);
      }
    } catch (error) {
      deps.log.warn({ err: error, streams: before.size }, 'followed journals could not be looked at');
    }
  }

  function resetTail(tail: Tail): void {
    if (tails.get(tail.workspaceId) === tail) tails.delete(tail.workspaceId);
    for (const follower of tail.followers) {
      follower.stop();
      follower.sink.reset();
    }
    tail.followers.clear();
  }

  return {
    follow,
    unfollow(workspaceId, follower) {
      follower.stop();
      const tail = tails.get(workspaceId);
      if (tail === undefined) return;
      tail.followers.delete(follower);
      dropIfIdle(tail);
    },
    grown,
    hint(workspaceId, frame) {
      for (const { sink } of tails.get(workspaceId)?.followers ?? []) sink.hint?.(frame);
    },
    look,
    get size() {
      return tails.size;
    },
  };
}

/** Lets `width` at a time in, in order of arrival. */
function createGate(width: number): <Result>(run: () => Promise<Result>) => Promise<Result> {
  let inside = 0;
  const queue: (() => void)[] = [];
  return async (run) => {
    if (inside >= width) await new Promise<void>((resolve) => queue.push(resolve));
    else inside += 1;
    try {
      return await run();
    } finally {
      const next = queue.shift();
      // The place goes to the next in line, so nobody can slip in between.
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
