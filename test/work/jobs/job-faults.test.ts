import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { eventually } from '../../support/test-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { type OwnService, openOwnService } from '../../instance/reconcile/own-services.ts';
import { reconcileNow, repairsOf } from '../../instance/reconcile/reconcile-fixture.ts';
import { createRehearsalWorld } from './rehearsal-world.ts';

let temporal: OwnService;
beforeAll(async () => {
  temporal = await openOwnService('temporal');
});
// Registered before the world, so it runs after it: the engine closes first.
afterAll(() => temporal.remove());

const world = perFile(() =>
  createRehearsalWorld({ temporalAddress: temporal.running.temporalAddress!, temporalNamespace: 'default' }),
);

const killWorker = () => world.engine.processes.get('rehearsal')!.kill();
const startWorker = () => world.engine.start('rehearsal');
const repairs = async (id: string) =>
  (await repairsOf(world.engine, world.workspaceId)).filter((repair) => repair.id === id);
const answers = () =>
  world.engine.temporal.ping(1_000).then(
    () => true,
    () => false,
  );

test('kill -9 of the worker while jobs are queued, running, waiting and cancelling: each goes on with the next one', async () => {
  const running = await world.rehearse({ hold: 'prepare' });
  const waiting = await world.rehearse({ asks: true });
  const doomed = await world.rehearse({ hold: 'work' });
  await running.said('prepare');
  await doomed.said('work');
  await waiting.is('waiting');
  const ending = await world.rehearse({ hold: 'undo', asks: true });
  await ending.is('waiting');
  await ending.cancel();
  await ending.said('undo');
  const late = await world.rehearse({}, { runAt: new Date(Date.now() + 3_000).toISOString() });
  await killWorker();
  const queued = await world.rehearse();
  const gone = await world.rehearse();
  await gone.cancel();
  await doomed.cancel();
  await running.write('go-prepare');
  await ending.write('go-undo');
  await waiting.write('approved');
  await waiting.tell();
  await startWorker();
  for (const job of [running, waiting, late, queued]) {
    expect(await job.is('completed')).toMatchObject({ result: { batches: 1 }, attempt: 1, generation: 1 });
  }
  for (const job of [ending, doomed]) await job.is('cancelled');
  expect((await doomed.lines()).at(-1)).toBe('undo');
  expect((await gone.row()).status).toBe('cancelled');
  expect(await gone.lines()).toEqual([]);
  // What was under way was taken again from its beginning; what was done was not.
  expect(await running.lines()).toEqual(['prepare', 'prepare', 'work', 'publish']);
  expect(await ending.lines()).toEqual(['prepare', 'work', 'undo', 'undo']);
  expect(await waiting.lines()).toEqual(['prepare', 'work', 'publish']);
}, 60_000);

test('a deadline that passes while nothing runs ends the job, and what had not begun never begins', async () => {
  const begun = await world.rehearse({ asks: true }, { deadlineMs: 4_000 });
  await begun.is('waiting');
  await killWorker();
  await temporal.stop();
  const queued = await world.rehearse({}, { deadlineMs: 500 });
  await eventually(
    () =>
      world.engine.db.systemReads.any<object>(
        [],
        sql`SELECT 1 FROM jobs WHERE id = ${begun.id} AND deadline_at < clock_timestamp()`,
      ),
    (rows) => rows.length > 0,
  );
  await temporal.start();
  await eventually(answers, Boolean);
  await startWorker();
  for (const job of [begun, queued]) expect(await job.is('failed')).toMatchObject({ error_code: 'deadline_passed' });
  expect(await queued.lines()).toEqual([]);
  expect((await begun.lines()).at(-1)).toBe('undo');
});

test('a job that is cancelled while Temporal is away stops all the same, and is cancelled when it is back', async () => {
  const job = await world.rehearse({ hold: 'work' });
  await job.said('work');
  await temporal.stop();
  expect((await job.cancel()).status).toBe('cancelling');
  await job.said('work stopped');
  await temporal.start();
  await eventually(answers, Boolean);
  await job.is('cancelled');
  expect((await job.lines()).at(-1)).toBe('undo');
});

test('a job whose workflow was terminated goes on as the next generation, at the step where it was', async () => {
  const job = await world.rehearse({ asks: true });
  await job.is('waiting');
  await job.terminate();
  await reconcileNow(world.engine);
  expect(await repairs(job.id)).toMatchObject([
    { kind: 'job', discrepancy: 'workflow_closed', from: 1, to: 2, workflow_status: 'TERMINATED' },
  ]);
  await job.until((row) => !row.is_lost && row.generation === 2);
  await job.write('approved');
  await job.tell();
  expect(await job.is('completed')).toMatchObject({ generation: 2, attempt: 2 });
  expect(await job.lines()).toEqual(['prepare', 'work', 'publish']);
  expect((await job.events()).map(({ type }) => type)).toContain('lost');
  expect(await reconcileNow(world.engine)).toBe(0);
});

test('a cancellation that lost its workflow is carried out by the next one', async () => {
  const job = await world.rehearse({ hold: 'undo', asks: true });
  await job.is('waiting');
  await job.cancel();
  await job.said('undo');
  await job.terminate();
  await reconcileNow(world.engine);
  await job.write('go-undo');
  expect(await job.is('cancelled')).toMatchObject({ generation: 2 });
});

test('Temporal’s data is lost: jobs are lost until they are heard of again, and go on where their rows say', async () => {
  const waiting = await world.rehearse({ asks: true });
  const ending = await world.rehearse({ asks: true, hold: 'undo' });
  const late = await world.rehearse({}, { runAt: new Date(Date.now() + 3_600_000).toISOString() });
  for (const job of [waiting, ending]) await job.is('waiting');
  await ending.cancel();
  await ending.said('undo');
  await eventually(
    () => late.workflow().catch(() => 'none'),
    (status) => status === 'RUNNING',
  );
  await killWorker();
  await temporal.stop();
  await rm(temporal.files, { recursive: true });
  await temporal.start();
  await eventually(answers, Boolean);
  await reconcileNow(world.engine);
  for (const job of [waiting, ending, late]) {
    expect(await repairs(job.id)).toMatchObject([{ kind: 'job', discrepancy: 'workflow_missing' }]);
    expect(await job.row()).toMatchObject({ is_lost: true, generation: 1 });
  }
  await startWorker();
  await waiting.write('approved');
  await ending.write('go-undo');
  await waiting.tell();
  expect(await waiting.is('completed')).toMatchObject({ attempt: 2, is_lost: false });
  expect(await waiting.lines()).toEqual(['prepare', 'work', 'publish']);
  await ending.is('cancelled');
  await late.cancel();
  expect(await late.row()).toMatchObject({ status: 'cancelled', attempt: 0 });
});
