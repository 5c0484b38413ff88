/**
 * Runs an evaluation of every end once and keeps the histories: `node test/replay/record-eval-histories.ts <version>`.
 * Needs the test services (see test/support/test-services.ts).
 */
import path from 'node:path';
import { command, createEvalWorld, moved } from '../evidence/eval/eval-world.ts';
import { eventually } from '../support/test-crew.ts';
import { writeHistory } from './write-history.ts';

const version = process.argv[2];
if (version === undefined || !/^v\d+$/.test(version)) throw new Error('usage: record-eval-histories.ts v<number>');
const directory = path.join(import.meta.dirname, 'histories', version);

const world = await createEvalWorld();

async function keep(name: string, id: string): Promise<void> {
  await world.over(id);
  const handle = world.engine.temporal.client.workflow.getHandle(`eval-${id}-1`);
  await eventually(
    () => handle.describe().then((found) => found.status.name),
    (status) => status !== 'RUNNING',
  );
  await writeHistory(directory, name, await handle.fetchHistory());
  console.log(`histories/${version}/${name}.json`);
}

try {
  const mission = await world.mission([command()]);
  await keep('eval-replay', await world.ask('replay', { mission_id: mission }));
  const pair = { baseline_mission_id: mission, candidate_mission_id: mission };
  await keep('eval-regression', await world.ask('regression', pair));
  const open = await world.mission([moved('PLANNING', 'IN_PROGRESS')], true);
  await keep('eval-failed', await world.ask('replay', { mission_id: open }));
} finally {
  await world.close();
}
