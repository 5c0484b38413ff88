import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/test-crew.ts';
import { type OwnTemporal, startOwnTemporal } from '../../support/own-temporal.ts';
import { createRehearsalWorld } from './rehearsal-world.ts';

/** Events of a history at which the server suggests to continue as new: a job reaches it within a few batches. */
const SUGGESTED_AT = 24;

let temporal: OwnTemporal | null;
let world: Awaited<ReturnType<typeof createRehearsalWorld>>;

beforeAll(async () => {
  temporal = await startOwnTemporal([`limit.historyCount.suggestContinueAsNew=${SUGGESTED_AT}`]);
  if (temporal !== null) world = await createRehearsalWorld({ temporalAddress: temporal.address });
}, 120_000);
afterAll(async () => {
  await world?.close();
  await temporal?.stop();
});

/** How many executions the job's workflow was, each the continuation of the one before. */
async function executions(id: string): Promise<number> {
  let count = 0;
  for await (const _ of world.engine.temporal.client.workflow.list({ query: `WorkflowId = 'job-${id}-1'` })) count += 1;
  return count;
}

test('a job that continues as new in the middle of its batches takes each of them once', async ({ skip }) => {
  if (temporal === null) skip('Temporal runs in Docker here, and only a program of this machine takes other settings');
  const job = await world.rehearse({ batches: 10 });
  expect(await job.is('completed')).toMatchObject({ generation: 1, attempt: 1, result: { batches: 10 } });
  expect(await job.lines()).toEqual(['prepare', ...Array<string>(10).fill('work'), 'publish']);
  await eventually(
    () => executions(job.id),
    (count) => count > 2,
  );
});

test('one that is told again and again while it waits continues as new, and hears what it waits for', async ({
  skip,
}) => {
  if (temporal === null) skip('Temporal runs in Docker here, and only a program of this machine takes other settings');
  const job = await world.rehearse({ asks: true });
  await job.is('waiting');
  for (let told = 0; told < 8; told += 1) {
    await job.tell();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await job.write('approved');
  await job.tell();
  await job.is('completed');
  expect((await job.events()).filter(({ type }) => type === 'waiting')).toHaveLength(1);
  await eventually(
    () => executions(job.id),
    (count) => count > 1,
  );
});
