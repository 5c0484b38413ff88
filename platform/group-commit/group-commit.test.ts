import { expect, test } from 'vitest';
import { createGroupCommit, type Outcome } from './group-commit.ts';

const OUTAGE = new Error('outage');
const FULL = new Error('full');

function group(options: {
  commit: (items: readonly string[]) => Promise<readonly Outcome<string>[]>;
  maxBatch?: number;
  maxInFlight?: number;
  maxQueued?: number;
  shareOf?: (item: string) => string;
}) {
  return createGroupCommit<string, string>({
    maxBatch: 100,
    maxInFlight: 1,
    maxQueued: 100,
    shareOf: () => 'one',
    isOutage: (error) => error === OUTAGE,
    refusal: () => FULL,
    ...options,
  });
}

const done = (items: readonly string[]): Outcome<string>[] => items.map((item) => ({ ok: true, result: `${item}!` }));

test('what arrives together is one batch, what arrives meanwhile the next one, and all get their own result', async () => {
  const batches: (readonly string[])[] = [];
  const first = Promise.withResolvers<void>();
  const { submit } = group({
    async commit(items) {
      batches.push(items);
      if (batches.length === 1) await first.promise;
      return done(items);
    },
  });
  const early = [submit('a'), submit('b')];
  await new Promise((resolve) => setImmediate(resolve));
  const late = ['c', 'd', 'e'].map(submit);
  first.resolve();
  expect(await Promise.all([...early, ...late])).toEqual(['a!', 'b!', 'c!', 'd!', 'e!']);
  expect(batches).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ]);
});

test('nothing is answered before its commit is done', async () => {
  const commit = Promise.withResolvers<void>();
  let answered = false;
  const { submit } = group({ commit: (items) => commit.promise.then(() => done(items)) });
  const one = submit('a').then(() => {
    answered = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  commit.resolve();
  await one;
});

test('a poisoned item fails alone; an outcome of its own fails nobody else either', async () => {
  const { submit } = group({
    async commit(items) {
      if (items.includes('poison')) throw new Error('poisoned');
      return items.map((item) => (item === 'no' ? { ok: false, error: new Error('refused') } : done([item])[0]!));
    },
  });
  const results = await Promise.allSettled(['a', 'poison', 'b', 'no'].map(submit));
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)))).toEqual([
    'a!',
    'Error: poisoned',
    'b!',
    'Error: refused',
  ]);
});

test('an outage fails the batch at once instead of meeting each item', async () => {
  let commits = 0;
  const { submit } = group({
    async commit() {
      commits += 1;
      throw OUTAGE;
    },
  });
  const results = await Promise.allSettled(['a', 'b', 'c'].map(submit));
  expect(results.every((result) => result.status === 'rejected' && result.reason === OUTAGE)).toBe(true);
  expect(commits).toBe(1);
});

test('a full queue refuses, a batch is no larger than allowed, and no more are under way', async () => {
  const two = Promise.withResolvers<void>();
  let under = 0;
  let most = 0;
  const sizes: number[] = [];
  const { submit } = group({
    maxBatch: 2,
    maxInFlight: 2,
    maxQueued: 5,
    async commit(items) {
      sizes.push(items.length);
      most = Math.max(most, ++under);
      if (under === 2) two.resolve();
      await two.promise;
      under -= 1;
      return done(items);
    },
  });
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((n) => submit(String(n))));
  expect(results.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), ...Array(2).fill('rejected')]);
  expect([sizes, most]).toEqual([[2, 2, 1], 2]);
});

test('draining settles all that was accepted and accepts nothing more', async () => {
  const settled: string[] = [];
  const { submit, drain } = group({ maxBatch: 1, commit: async (items) => done(items) });
  for (const item of ['a', 'b', 'c']) void submit(item).then((result) => settled.push(result));
  const drained = drain();
  await expect(submit('d')).rejects.toBe(FULL);
  await drained;
  expect(settled).toEqual(['a!', 'b!', 'c!']);
  await drain();
});

test('one who sends very many leaves others a place, and is not before them', async () => {
  const batches: (readonly string[])[] = [];
  const first = Promise.withResolvers<void>();
  const { submit } = group({
    async commit(items) {
      batches.push(items);
      if (batches.length === 1) await first.promise;
      return done(items);
    },
    maxBatch: 4,
    maxQueued: 16,
    shareOf: (item) => item[0]!,
  });
  const early = submit('a0');
  await new Promise((resolve) => setImmediate(resolve));
  const flood = Array.from({ length: 20 }, (_, index) => submit(`a${index + 1}`).catch((error: unknown) => error));
  const others = ['b1', 'c1'].map((item) => submit(item));
  await expect(submit('b2')).rejects.toBe(FULL);
  first.resolve();
  expect([await early, ...(await Promise.all(others))]).toEqual(['a0!', 'b1!', 'c1!']);
  expect(batches[1]).toEqual(['a1', 'b1', 'c1', 'a2']);
  expect((await Promise.all(flood)).filter((end) => end === FULL)).toHaveLength(6);
  expect(batches.flat().filter((item) => item[0] === 'a')).toEqual(Array.from({ length: 15 }, (_, n) => `a${n}`));
});
