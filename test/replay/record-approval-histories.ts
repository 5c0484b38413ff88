/**
 * Runs every path of the approvals' workflow once and keeps the histories: `node
 * test/replay/record-approval-histories.ts <version>`. Needs the test services (see test/support/test-services.ts).
 */
import path from 'node:path';
import { createApprovalEngine, openApprovalWorld } from '../people/approvals/approval-world.ts';
import { writeHistory } from './write-history.ts';

const version = process.argv[2];
if (version === undefined || !/^v\d+$/.test(version)) throw new Error('usage: record-approval-histories.ts v<number>');
const directory = path.join(import.meta.dirname, 'histories', version);

const engine = await createApprovalEngine();
const world = await openApprovalWorld(engine);

async function keep(name: string, id: string): Promise<void> {
  await world.workflowIs(id, 'COMPLETED');
  await writeHistory(directory, name, await world.workflow(id).fetchHistory());
  console.log(`histories/${version}/${name}.json`);
}

try {
  const [decided, expired, withdrawn] = (await world.ask(3)) as [string, string, string];
  for (const id of [decided, expired, withdrawn]) await world.workflowIs(id, 'RUNNING');
  await world.decide(decided);
  await keep('approval-decided', decided);
  await world.workflow(withdrawn).cancel();
  await keep('approval-cancelled-in-temporal', withdrawn);
  const [late] = (await world.ask(1, 1)) as [string];
  await keep('approval-timed-out', late);
  await world.decide(expired, { verdict: 'denied' });
} finally {
  await engine.close();
}
