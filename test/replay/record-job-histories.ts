/**
 * Runs every path of the jobs' workflow once and keeps the histories: `node test/replay/record-job-histories.ts
 * <version>`. Needs the test services (see test/support/test-services.ts). What needs a program is recorded with that
 * of tests, and replayed with it: the helper that all programs are written with is the same.
 */
import path from 'node:path';
import { eventually } from '../support/test-crew.ts';
import { createRehearsalWorld } from '../work/jobs/rehearsal-world.ts';
import { writeHistory } from './write-history.ts';

const version = process.argv[2];
if (version === undefined || !/^v\d+$/.test(version)) throw new Error('usage: record-job-histories.ts v<number>');

const world = await createRehearsalWorld();
const { client } = world.engine.temporal;

async function keep(folder: string, name: string, id: string): Promise<void> {
  const handle = client.workflow.getHandle(`job-${id}-1`);
  await eventually(
    () =>
      handle.describe().then(
        (found) => found.status.name,
        () => 'RUNNING',
      ),
    (status) => status !== 'RUNNING',
  );
  const directory = path.join(import.meta.dirname, folder, version!);
  await writeHistory(directory, name, await handle.fetchHistory());
  console.log(`${folder}/${version}/${name}.json`);
}

try {
  const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
  const early = await world.rehearse({}, { runAt: inAnHour() });
  await eventually(
    () => early.workflow().catch(() => 'none'),
    (status) => status === 'RUNNING',
  );
  await early.cancel();
  await keep('histories', 'job-cancelled-before-its-time', early.id);

  await world.engine.processes.get('rehearsal')!.kill();
  const late = await world.rehearse({}, { deadlineMs: 1 });
  await world.engine.start('rehearsal');
  await keep('histories', 'job-expired-before-it-began', late.id);

  const completed = await world.rehearse({ batches: 3, asks: true });
  await completed.is('waiting');
  await completed.write('approved');
  await completed.tell();
  await keep('rehearsals', 'job-completed', completed.id);

  const failed = await world.rehearse({ fails: 'for-good' });
  await keep('rehearsals', 'job-failed', failed.id);

  const cancelled = await world.rehearse({ hold: 'work' });
  await cancelled.said('work');
  await cancelled.cancel();
  await keep('rehearsals', 'job-cancelled-at-work', cancelled.id);

  const withdrawn = await world.rehearse({ asks: true });
  await withdrawn.is('waiting');
  await client.workflow.getHandle(`job-${withdrawn.id}-1`).cancel();
  await keep('rehearsals', 'job-cancelled-in-temporal', withdrawn.id);

  const expired = await world.rehearse({ hold: 'work' }, { deadlineMs: 1_500 });
  await keep('rehearsals', 'job-expired-at-work', expired.id);

  const killed = await world.rehearse({ hold: 'prepare' });
  await killed.said('prepare');
  await world.engine.processes.get('rehearsal')!.kill();
  await killed.write('go-prepare');
  await world.engine.start('rehearsal');
  await keep('rehearsals', 'job-worker-killed', killed.id);
} finally {
  await world.close();
}
