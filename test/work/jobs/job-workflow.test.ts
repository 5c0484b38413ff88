import { expect, test } from 'vitest';
import { eventually } from '../../support/test-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { createRehearsalWorld } from './rehearsal-world.ts';

const world = perFile(() => createRehearsalWorld());

test('a job takes its steps in their order, a batch at a time, and is completed with its result', async () => {
  const job = await world.rehearse({ batches: 3 });
  expect(await job.is('completed')).toMatchObject({
    result: { batches: 3 },
    attempt: 1,
    generation: 1,
    progress_step: 4,
    error_code: null,
  });
  expect(await job.lines()).toEqual(['prepare', 'work', 'work', 'work', 'publish']);
  const types = ['queued', 'started', 'progress', 'progress', 'progress', 'completed'];
  expect(await job.events()).toEqual(types.map((type, index) => ({ seq: index + 1, type, message: null })));
  expect(await job.entries()).toEqual(types);
  await eventually(job.workflow, (status) => status === 'COMPLETED');
});

test('a job that waits for people goes on when it is told, not before', async () => {
  const job = await world.rehearse({ asks: true });
  expect(await job.is('waiting')).toMatchObject({ step: 'approve', progress_step: 2 });
  await job.tell();
  await job.write('approved');
  await job.tell();
  await job.is('completed');
  expect((await job.events()).map(({ type }) => type)).toEqual([
    ...['queued', 'started', 'progress', 'progress', 'waiting', 'resumed', 'progress', 'completed'],
  ]);
  expect(await job.lines()).toEqual(['prepare', 'work', 'publish']);
});

test('what a step fails of for good is in the row, and in no history', async () => {
  const job = await world.rehearse({ fails: 'for-good' });
  expect(await job.is('failed')).toMatchObject({
    error_code: 'no_stage',
    error_message: 'the stage of the secret theatre is taken',
    step: 'publish',
  });
  expect(await job.lines()).toEqual(['prepare', 'work', 'publish']);
  const history = await job.history();
  expect(history).toContain('no_stage');
  expect(history).not.toContain('theatre');
});

test('a step that fails each time is tried as often as its program says, and fails the job', async () => {
  const job = await world.rehearse({ fails: 'always' });
  expect(await job.is('failed')).toMatchObject({ error_code: 'unexpected', error_message: null });
  expect((await job.lines()).filter((line) => line === 'publish')).toHaveLength(3);
  expect(await job.history()).not.toContain('theatre');
});

test('a job whose steps left no result of its kind is not completed', async () => {
  const job = await world.rehearse({ leaves: 'nothing' });
  expect(await job.is('failed')).toMatchObject({ error_code: 'result_invalid' });
});

test('what an activity reports is shown while it works, and the next step begins with nothing of it', async () => {
  const job = await world.rehearse({ hold: 'work' });
  expect(await job.until((row) => row.progress_percent !== null)).toMatchObject({
    status: 'running',
    step: 'work',
    progress_step: 1,
    progress_percent: 26,
    progress_message: 'batch 1',
  });
  await job.write('go-work');
  await job.is('completed');
  expect(await job.row()).toMatchObject({ progress_percent: null, progress_message: null });
});

test('one that is cancelled before its time is over at once', async () => {
  const job = await world.rehearse({}, { runAt: new Date(Date.now() + 3_600_000).toISOString() });
  await eventually(
    () => job.workflow().catch(() => 'none'),
    (status) => status === 'RUNNING',
  );
  expect((await job.cancel('not needed')).status).toBe('cancelled');
  await eventually(job.workflow, (status) => status === 'COMPLETED');
  expect(await job.events()).toMatchObject([{ type: 'queued' }, { type: 'cancelled', message: 'not needed' }]);
  expect(await job.lines()).toEqual([]);
});

test('one that is to run later begins then', async () => {
  const at = Date.now() + 1_500;
  const job = await world.rehearse({}, { runAt: new Date(at).toISOString() });
  await job.said('prepare');
  expect(Date.now()).toBeGreaterThanOrEqual(at);
  await job.is('completed');
});

test('one that is cancelled at work stops its activity at once, undoes what it left, and is cancelled then', async () => {
  const job = await world.rehearse({ hold: 'work' });
  await job.said('work');
  const asked = performance.now();
  expect((await job.cancel()).status).toBe('cancelling');
  await job.is('cancelled');
  expect(performance.now() - asked).toBeLessThan(5_000);
  expect(await job.lines()).toEqual(['prepare', 'work', 'work stopped', 'undo']);
  expect(await job.entries()).toEqual(['queued', 'started', 'progress', 'cancelling', 'cancelled']);
  await expect(job.cancel()).rejects.toMatchObject({
    code: 'wrong_state',
    extensions: { current_status: 'cancelled' },
  });
});

test('one that is cancelled while it waits is undone too', async () => {
  const job = await world.rehearse({ asks: true });
  await job.is('waiting');
  await job.cancel();
  await job.is('cancelled');
  expect(await job.lines()).toEqual(['prepare', 'work', 'undo']);
});

test('a cancellation in Temporal is one of the job', async () => {
  const job = await world.rehearse({ hold: 'prepare' });
  await job.said('prepare');
  await world.engine.temporal.client.workflow.getHandle(`job-${job.id}-1`).cancel();
  await job.is('cancelled');
  expect(await job.lines()).toEqual(['prepare', 'prepare stopped', 'undo']);
  await eventually(job.workflow, (status) => status === 'COMPLETED');
});

test('one whose time is up is ended by the clock, undone and failed', async () => {
  const job = await world.rehearse({ hold: 'work' }, { deadlineMs: 1_500 });
  expect(await job.is('failed')).toMatchObject({ error_code: 'deadline_passed' });
  expect(await job.lines()).toEqual(['prepare', 'work', 'work stopped', 'undo']);
  expect((await job.events()).map(({ type }) => type)).toEqual([
    'queued',
    'started',
    'progress',
    'cancelling',
    'failed',
  ]);
});

test('operators find a job’s workflow by what it is and does, and its history holds no text', async () => {
  const job = await world.rehearse({ hold: 'publish' });
  await job.said('publish');
  const handle = world.engine.temporal.client.workflow.getHandle(`job-${job.id}-1`);
  expect(await handle.query('state')).toEqual({
    status: 'running',
    generation: 1,
    job: 'test.rehearsal',
    step: 'publish',
  });
  await job.write('go-publish');
  await job.is('completed');
  const history = await job.history();
  for (const text of ['lines', 'hold', '/tmp']) expect(history).not.toContain(text);
});
