/**
 * Runs every path of the keeper's workflow once and keeps the histories: `node test/replay/record-keeper-histories.ts
 * <version>`. Needs the test services (see test/support/test-services.ts).
 */
import path from 'node:path';
import { resolveKeeperRequest } from '../../commands/engine/keeper/decide-keeper-request.ts';
import { sql } from '../../db/kernel/sql.ts';
import { systemActor } from '../../domain/kernel/access/authority.ts';
import { isSettledView, readMission } from '../support/mission-view.ts';
import { createTestCrew, createTestMission, eventually, startTestMission } from '../support/test-crew.ts';
import { createKeeperEngine, openKeeperWorld } from '../vault/keeper/keeper-world.ts';
import { writeHistory } from './write-history.ts';

const version = process.argv[2];
if (version === undefined || !/^v\d+$/.test(version)) throw new Error('usage: record-keeper-histories.ts v<number>');
const directory = path.join(import.meta.dirname, 'histories', version);

const made = await createKeeperEngine();
const { engine, upstream } = made;

async function keep(name: string, id: unknown): Promise<void> {
  const handle = engine.temporal.client.workflow.getHandle(`keeper-${id as string}-1`);
  await eventually(
    () =>
      handle.describe().then(
        (found) => found.status.name,
        () => 'RUNNING',
      ),
    (status) => status !== 'RUNNING',
    60_000,
  );
  await writeHistory(directory, name, await handle.fetchHistory());
  console.log(`histories/${version}/${name}.json`);
}

try {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  const { missionId } = await createTestMission(engine.db, crew, { up: { agent: 'lead' } });
  await startTestMission(engine.db, crew, missionId);
  await eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView, 60_000);
  const world = await openKeeperWorld(made, crew);
  await world.addAdmin('recorder');
  const idOf = (answer: { body: Record<string, unknown> }) => answer.body.request_id as string;
  const decide = (id: string) =>
    world.inWorkspace((tx) =>
      resolveKeeperRequest(
        tx,
        id,
        { decision: 'ALLOW', reason: null, userId: 'recorder', isOwner: false, how: 'person' },
        { ...systemActor(), type: 'user', id: 'recorder' },
      ),
    );

  world.say('ALLOW');
  await keep('keeper-allowed', idOf(await world.ask()));
  await keep('keeper-executed', idOf(await world.execute('true')));

  const asked = idOf(await world.execute('true', 'PRODUCTION'));
  await decide(asked);
  await keep('keeper-allowed-by-people', asked);

  const withdrawn = idOf(await world.ask('PRODUCTION'));
  await engine.temporal.client.workflow.getHandle(`keeper-${withdrawn}-1`).cancel();
  await keep('keeper-cancelled-in-temporal', withdrawn);

  const stopped = idOf(await world.execute('false', 'PRODUCTION'));
  await crew.write(sql`UPDATE crews SET container_status = 'stopped' WHERE id = ${crew.crewId}`);
  await decide(stopped);
  await keep('keeper-crew-stopped', stopped);
  await crew.write(sql`UPDATE crews SET container_status = 'running' WHERE id = ${crew.crewId}`);

  upstream.play({ turns: [], sequence: [{ silent: true }] });
  await crew.write(sql`
    INSERT INTO keeper_governance (workspace_id, judge_timeout_seconds) VALUES (${crew.workspaceId}, 1)`);
  await keep('keeper-judge-silent', idOf(await world.ask()));
  await crew.write(sql`UPDATE keeper_governance SET judge_timeout_seconds = 20`);

  world.say('ALLOW');
  const lost = world.execute('sleep 50');
  const running = () => crew.rows(sql`SELECT 1 FROM keeper_requests WHERE execution = 'running'`);
  await eventually(running, (found) => found.length === 1);
  await engine.processes.get('docker-host')!.kill();
  // A 502 that names no request: nobody knows how the command ended.
  await lost;
  await engine.start('docker-host');
  await keep('keeper-host-lost', (await world.requests()).at(-1)!.id);
} finally {
  await engine.close();
  await upstream.close();
}
