import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { SharedEntry } from '../../../db/evidence/journal/read-stream.ts';
import { joinEvents } from '../../../domain/kernel/realtime/events-of-entry.ts';
import type { Follower } from './follower.ts';
import { createJournalTails } from './journal-tails.ts';

/** A journal in memory that counts how it is read. */
function openJournal(first: number | null = null) {
  const state = { length: 0, reads: 0, looks: 0, isBroken: false };
  const tails = createJournalTails({
    findFirst: async () => first,
    async readStream(_workspaceId, { after, upTo, limit }) {
      state.reads += 1;
      if (state.isBroken) throw new Error('the database is away');
      const end = Math.min(upTo, state.length, after + limit);
      return Array.from({ length: Math.max(0, end - after) }, (_, index) => ({
        position: after + 1 + index,
      })) as SharedEntry[];
    },
    async readPositions(ids) {
      state.looks += 1;
      if (state.isBroken) throw new Error('the database is away');
      return new Map(ids.map((id) => [id, state.length]));
    },
    events: joinEvents(),
    log: { warn() {} },
  });
  return { tails, state };
}

/** A client that takes `room` entries at a time. */
function openReader(room = Number.POSITIVE_INFINITY) {
  const received: number[] = [];
  let left = room;
  let wasReset = false;
  return {
    received,
    get wasReset() {
      return wasReset;
    },
    sink: {
      isFull: () => left <= 0,
      deliver(entry: { position: number }) {
        left -= 1;
        received.push(entry.position);
      },
      reset() {
        wasReset = true;
      },
    },
    take(follower: Follower) {
      left = room;
      follower.advance();
    },
  };
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

async function follow(
  tails: ReturnType<typeof openJournal>['tails'],
  reader: { sink: Follower['sink'] },
  after: number | null,
) {
  const follower = await tails.follow({ workspaceId: 'w', after, sink: reader.sink });
  if (follower === 'ahead') throw new Error('ahead');
  follower.advance();
  return follower;
}

test('who begins far back with a filter leaps to the first entry that matches, and reads on from there', async () => {
  for (const [first, reads] of [
    [99_950, 1],
    [null, 20],
  ] as const) {
    const { tails, state } = openJournal(first);
    state.length = 100_000;
    const received: number[] = [];
    const sink = {
      isFull: () => received.length > 0,
      deliver: (entry: { position: number }) => void (entry.position >= 99_950 && received.push(entry.position)),
      reset() {},
    };
    const follower = await tails.follow({ workspaceId: 'w', after: 0, filter: { missionId: 'm' }, sink });
    if (follower === 'ahead') throw new Error('ahead');
    follower.advance();
    await vi.waitFor(() => expect(received[0]).toBe(99_950));
    expect(state.reads).toBeGreaterThanOrEqual(reads);
    if (first !== null) expect(state.reads).toBe(1);
  }
});

test('an entry is read once for all who follow its stream', async () => {
  const { tails, state } = openJournal();
  const readers = upTo(100).map(() => openReader());
  for (const reader of readers) await follow(tails, reader, null);
  expect(state).toMatchObject({ reads: 0, looks: 1 });
  state.length = 300;
  tails.grown('w', 300);
  await vi.waitFor(() => expect(readers.every(({ received }) => received.length === 300)).toBe(true));
  expect(state).toMatchObject({ reads: 1, looks: 1 });
});

test('whatever the pace of readers, of writers and of announcements, each reader gets every entry once and in order', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('write' as const), entries: fc.integer({ min: 1, max: 900 }), told: fc.boolean() }),
      fc.record({ kind: fc.constant('join' as const), room: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ kind: fc.constant('take' as const), reader: fc.nat(5) }),
      fc.record({ kind: fc.constant('leave' as const), reader: fc.nat(5) }),
    ),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const { tails, state } = openJournal();
      const present: { reader: ReturnType<typeof openReader>; follower: Follower; from: number }[] = [];
      for (const step of plan) {
        if (step.kind === 'write') {
          state.length += step.entries;
          if (step.told) tails.grown('w', state.length);
        } else if (step.kind === 'join') {
          const reader = openReader(step.room);
          const from = Math.floor(state.length / 2);
          present.push({ reader, follower: await follow(tails, reader, from), from });
        } else {
          const one = present[step.reader];
          if (one === undefined) continue;
          if (step.kind === 'take') one.reader.take(one.follower);
          else {
            // The next one goes on where it was, as a client does that resumes.
            tails.unfollow('w', one.follower);
            one.follower = await follow(tails, one.reader, one.from + one.reader.received.length);
          }
        }
        await new Promise(setImmediate);
      }
      await tails.look();
      for (const { reader, follower, from } of present) {
        const wanted = upTo(state.length).slice(from);
        while (reader.received.length < wanted.length) {
          reader.take(follower);
          await new Promise(setImmediate);
        }
        expect(reader.received).toEqual(wanted);
      }
    }),
    { numRuns: 60 },
  );
});

test('what could not be read is read when it can be, without a new announcement', async () => {
  const { tails, state } = openJournal();
  const reader = openReader();
  await follow(tails, reader, null);
  state.length = 3;
  state.isBroken = true;
  tails.grown('w', 3);
  await vi.waitFor(() => expect(state.reads).toBe(1));
  await tails.look();
  state.isBroken = false;
  expect(reader.received).toEqual([]);
  await tails.look();
  await vi.waitFor(() => expect(reader.received).toEqual([1, 2, 3]));
});

test('a stream that is shorter than before resets who follows it; a position beyond the end is told apart', async () => {
  const { tails, state } = openJournal();
  state.length = 10;
  const reader = openReader();
  await follow(tails, reader, 10);
  expect(await tails.follow({ workspaceId: 'w', after: 11, sink: reader.sink })).toBe('ahead');
  state.length = 4;
  await tails.look();
  expect(reader.wasReset).toBe(true);
  expect(tails.size).toBe(0);
});

test('a stream nobody follows any more is forgotten, also when following it failed', async () => {
  const { tails, state } = openJournal();
  const reader = openReader();
  const follower = await follow(tails, reader, null);
  tails.unfollow('w', follower);
  expect(tails.size).toBe(0);
  state.isBroken = true;
  await expect(follow(tails, reader, null)).rejects.toMatchObject({ code: 'unavailable' });
  expect(tails.size).toBe(0);
  await tails.look();
  expect(state.looks).toBe(2);
});
