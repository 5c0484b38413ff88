import { expect, test, vi } from 'vitest';
import { createWaiters, type Waiters } from './waiters.ts';

interface Row {
  readonly id: string;
  readonly workspace_id: string;
  readonly done: boolean;
}

const log = { warn() {} };
const still = new AbortController().signal;

/** Rows in memory and a switch that makes reading fail. */
function openWaiters(maxWaiters = 10) {
  const rows = new Map<string, Row>();
  const state = { isBroken: false, reads: 0 };
  const waiters: Waiters<Row> = createWaiters<Row>({
    async read(_workspaceIds, ids) {
      state.reads += 1;
      if (state.isBroken) throw new Error('the database is away');
      return ids.flatMap((id) => rows.get(id) ?? []);
    },
    maxWaiters,
    log,
  });
  return {
    waiters,
    state,
    put: (id: string, done: boolean) => rows.set(id, { id, workspace_id: 'w', done }),
    wait: (id: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
      waiters.wait<string>({
        workspaceId: 'w',
        id,
        signal: still,
        judge: (row) => (row?.done ? { answer: 'done' } : { lookAgainInMs: 60_000 }),
        ...options,
      }),
  };
}

test('what is answered already is answered without waiting', async () => {
  const { put, wait, waiters } = openWaiters();
  put('a', true);
  expect(await wait('a')).toEqual({ kind: 'answer', answer: 'done' });
  expect(waiters.size).toBe(0);
});

test('beyond the limit waiting is refused, and a place that is left can be taken again', async () => {
  const { put, wait, waiters } = openWaiters(2);
  put('a', false);
  const leaver = new AbortController();
  const first = wait('a', { signal: leaver.signal });
  const second = wait('a');
  await expect(wait('a')).rejects.toMatchObject({ code: 'unavailable' });
  leaver.abort();
  expect(await first).toEqual({ kind: 'gone' });
  const third = wait('a');
  expect(waiters.size).toBe(2);
  put('a', true);
  waiters.wake('a');
  expect(await Promise.all([second, third])).toEqual(Array(2).fill({ kind: 'answer', answer: 'done' }));
});

test('a client that has gone before it waits is not registered', async () => {
  const { wait, waiters } = openWaiters();
  expect(await wait('a', { signal: AbortSignal.abort() })).toEqual({ kind: 'gone' });
  expect(waiters.size).toBe(0);
});

test('a wait with a time limit looks once more and then ends', async () => {
  const { put, wait, state, waiters } = openWaiters();
  put('a', false);
  expect(await wait('a', { timeoutMs: 20 })).toEqual({ kind: 'timeout' });
  expect(state.reads).toBe(2);
  const late = wait('a', { timeoutMs: 20 });
  put('a', true);
  expect(await late).toEqual({ kind: 'answer', answer: 'done' });
  expect(waiters.size).toBe(0);
});

test('while rows cannot be read the wait goes on, and has its answer when they can', async () => {
  const { put, wait, state } = openWaiters();
  put('a', true);
  state.isBroken = true;
  const parked = wait('a');
  await vi.waitFor(() => expect(state.reads).toBe(1));
  state.isBroken = false;
  expect(await parked).toEqual({ kind: 'answer', answer: 'done' });
});

test('a time limit that ends while rows cannot be read is a refusal, not a timeout', async () => {
  const { wait, state } = openWaiters();
  state.isBroken = true;
  await expect(wait('a', { timeoutMs: 10 })).rejects.toMatchObject({ code: 'unavailable' });
});

test('what the judge throws ends that wait and no other', async () => {
  const { put, wait, waiters } = openWaiters();
  put('a', false);
  const other = wait('a');
  const judge = () => {
    throw new Error('not yours');
  };
  await expect(waiters.wait({ workspaceId: 'w', id: 'a', signal: still, judge })).rejects.toThrow('not yours');
  put('a', true);
  waiters.wake('a');
  expect(await other).toEqual({ kind: 'answer', answer: 'done' });
});

test('closing sends everyone away to ask again, and takes no one new', async () => {
  const { put, wait, waiters } = openWaiters();
  put('a', false);
  const parked = [wait('a'), wait('a')];
  waiters.close();
  for (const wait of parked) await expect(wait).rejects.toMatchObject({ code: 'unavailable' });
  await expect(wait('a')).rejects.toMatchObject({ code: 'unavailable' });
  expect(waiters.size).toBe(0);
});

test('one more who waits for a row costs one look, however many wait for it already; a change is looked at by all', async () => {
  const { put, waiters } = openWaiters(1_000);
  put('a', false);
  let looks = 0;
  const judge = (row: Row | null) => {
    looks += 1;
    return row?.done ? { answer: 'done' } : { lookAgainInMs: 60_000 };
  };
  const waits: Promise<unknown>[] = [];
  for (let index = 0; index < 100; index += 1) {
    waits.push(waiters.wait({ workspaceId: 'w', id: 'a', signal: still, judge }));
    await vi.waitFor(() => expect(looks).toBe(index + 1), { interval: 1 });
  }
  put('a', true);
  waiters.wake('a');
  await Promise.all(waits);
  expect(looks).toBe(200);
});
