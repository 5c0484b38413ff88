import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireFileLock, LockHeldError } from './file-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-lock-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const lockFile = () => path.join(directory, 'supervisor.lock');

test('a held lock is refused with its holder, and is free again after its release', async () => {
  const lock = await acquireFileLock(lockFile(), { purpose: 'first' });
  const refusal = await acquireFileLock(lockFile(), { purpose: 'second' }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LockHeldError);
  expect((refusal as LockHeldError).holder).toMatchObject({ purpose: 'first', identity: { pid: process.pid } });
  await lock.release();
  await (await acquireFileLock(lockFile(), { purpose: 'second' })).release();
});

test('the stale lock of a dead process goes to exactly one of many that want it', async () => {
  const dead = { identity: { pid: process.pid, startedAt: 'before this boot' }, purpose: 'dead', since: '' };
  await writeFile(lockFile(), JSON.stringify(dead));
  const attempts = await Promise.allSettled(
    Array.from({ length: 20 }, () => acquireFileLock(lockFile(), { purpose: 'heir' })),
  );
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a waiter gets the lock when it is released', async () => {
  const lock = await acquireFileLock(lockFile(), { purpose: 'first' });
  const waiting = Promise.withResolvers<void>();
  const second = acquireFileLock(lockFile(), { purpose: 'second', waitMs: 10_000, onWait: () => waiting.resolve() });
  await waiting.promise;
  await lock.release();
  await (await second).release();
});
