/**
 * Runs every path of every workflow once and keeps their histories: `node test/replay/record-histories.ts <version>`.
 * Needs the test services (see test/support/test-services.ts). Histories of earlier versions stay: runs of theirs may
 * still be open somewhere when a new version is rolled out.
 */
import path from 'node:path';
import { cancelEscalation } from '../../commands/engine/escalations/close-escalation.ts';
import { openEscalation } from '../../commands/engine/escalations/open-escalation.ts';
import { sql } from '../../db/kernel/sql.ts';
import { lockMissionOf, patchMission } from '../../commands/engine/missions/mission-commands.ts';
import { orchestratorActor } from '../../domain/kernel/access/authority.ts';
import { cancelProvision, startProvision } from '../../commands/engine/provisioning/provision-commands.ts';
import { COMMON_UTILS, publishFeatures, TEST_MIRRORS, TEST_PUBLISHER } from '../support/feature-registry.ts';
import { killSidecar } from '../support/kill-sidecar.ts';
import { isSettledView, readMission } from '../support/mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestTask,
} from '../support/test-crew.ts';
import { createTestEngine } from '../support/test-engine.ts';
import { TEST_RUNTIME_IMAGE } from '../support/test-services.ts';
import { writeHistory } from './write-history.ts';

const version = process.argv[2];
if (version === undefined || !/^v\d+$/.test(version)) throw new Error('usage: record-histories.ts v<number>');
const directory = path.join(import.meta.dirname, 'histories', version);

const engine = await createTestEngine({
  processes: ['control', 'docker-host'],
  env: {
    CREWSHIP_REGISTRY_MIRRORS: Object.entries(TEST_MIRRORS)
      .map((pair) => pair.join('='))
      .join(','),
  },
});
const crew = await createTestCrew(engine.db, {
  agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] },
  timeoutSeconds: 5,
});
const scope = { workspaceIds: [crew.workspaceId] };

async function run(tasks: Record<string, TestTask>, options: { timeoutMs?: number } = {}): Promise<string> {
  const { missionId } = await createTestMission(engine.db, crew, tasks, options);
  await startTestMission(engine.db, crew, missionId);
  return missionId;
}
const settled = (missionId: string) =>
  eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView, 60_000);
const runningTask = (missionId: string) =>
  eventually(
    () => readMission(engine.db, crew.workspaceId, missionId),
    (mission) => mission.runs.some((attempt) => attempt.status === 'RUNNING'),
    60_000,
  );

const recorded: string[] = [];
async function keep(name: string, workflowId: string): Promise<void> {
  const handle = engine.temporal.client.workflow.getHandle(workflowId);
  await eventually(
    () =>
      handle.describe().then(
        (found) => found.status.name,
        () => 'RUNNING',
      ),
    (status) => status !== 'RUNNING' || name.endsWith('-open'),
    60_000,
  );
  await writeHistory(directory, name, await handle.fetchHistory());
  recorded.push(name);
}

try {
  const diamond = await run({
    top: { agent: 'lead' },
    left: { agent: 'builder', dependsOn: ['top'] },
    right: { agent: 'builder', dependsOn: ['top'] },
    bottom: { agent: 'lead', dependsOn: ['left', 'right'] },
  });
  const { runs } = await settled(diamond);
  await keep('mission-diamond', `mission-${diamond}-1`);
  await keep('run-waited-for-crew', `run-${runs[0]!.id}`);
  await keep('run-completed', `run-${runs[3]!.id}`);

  const retried = await run({ flaky: { agent: 'builder', description: 'fail-until 2', maxIterations: 2 } });
  await settled(retried);
  await keep('mission-retried', `mission-${retried}-1`);

  const late = await run({ slow: { agent: 'builder', description: 'sleep 60000' } }, { timeoutMs: 1_500 });
  await settled(late);
  await keep('mission-timed-out', `mission-${late}-1`);

  const timedOut = await run({ slow: { agent: 'builder', description: 'sleep 60000' } });
  await keep('run-timed-out', `run-${(await settled(timedOut)).runs[0]!.id}`);

  const cancelled = await run({ slow: { agent: 'builder', description: 'sleep 60000' } });
  const { runs: live } = await runningTask(cancelled);
  await engine.db.transaction(scope, async (tx) =>
    patchMission(tx, await lockMissionOf(tx, null, cancelled), { status: 'CANCELLED' }, orchestratorActor()),
  );
  await keep('mission-cancelled', `mission-${cancelled}-1`);
  await keep('run-cancelled', `run-${live[0]!.id}`);

  const orphaned = await run({ slow: { agent: 'builder', description: 'sleep 60000' } });
  const { runs: lost } = await runningTask(orphaned);
  await engine.processes.get('docker-host')!.kill();
  await engine.db.transaction(scope, async (tx) =>
    patchMission(tx, await lockMissionOf(tx, null, orphaned), { status: 'CANCELLED' }, orchestratorActor()),
  );
  await engine.start('docker-host');
  await keep('run-cancelled-while-host-was-dead', `run-${lost[0]!.id}`);

  const readCrew = () =>
    engine.db.reads.maybeOne<{ generation: number; container_id: string; sidecar_exec_id: string }>(
      [crew.workspaceId],
      sql`SELECT generation, container_id, sidecar_exec_id FROM crews WHERE id = ${crew.crewId} AND NOT sidecar_gone`,
    );
  const row = await readCrew();
  await killSidecar(engine.docker, row!.container_id);
  await eventually(readCrew, (now) => now !== null && now.sidecar_exec_id !== row!.sidecar_exec_id);
  await keep('crew-running-open', `crew-${crew.crewId}-${row!.generation}`);
  await engine.docker.removeContainer(row!.container_id);
  await keep('crew-container-gone', `crew-${crew.crewId}-${row!.generation}`);

  const question = (answerInMs: number) =>
    engine.db.transaction(scope, async (tx) => {
      const opened = await openEscalation(
        tx,
        {
          workspaceId: crew.workspaceId,
          crewId: crew.crewId,
          fromSlug: 'lead',
          chatId: diamond,
          runId: null,
          type: 'TEXT',
          reason: 'why?',
          context: null,
          metadata: null,
        },
        orchestratorActor(),
      );
      await tx.execute(sql`
        UPDATE escalations SET answer_deadline_at = clock_timestamp() + ${answerInMs} * interval '1 millisecond'
        WHERE id = ${opened.id}`);
      return opened.id;
    });
  await keep('escalation-expired', `escalation-${await question(1_000)}-1`);
  const open = await question(3_600_000);
  await eventually(
    () =>
      engine.temporal.client.workflow
        .getHandle(`escalation-${open}-1`)
        .describe()
        .then(
          () => true,
          () => false,
        ),
    Boolean,
  );
  await engine.db.transaction(scope, (tx) => cancelEscalation(tx, open, orchestratorActor(), null));
  await keep('escalation-cancelled', `escalation-${open}-1`);

  await publishFeatures({
    'common-utils': COMMON_UTILS,
    recorded: { install: 'true' },
    slow: { install: 'sleep 300' },
    broken: { install: 'exit 3' },
  });
  const ask = async (feature: string) => {
    const { crewId } = await createTestCrew(engine.db, {
      agents: { lead: ['worker.mjs'] },
      workspaceId: crew.workspaceId,
    });
    const config = { image: TEST_RUNTIME_IMAGE, features: { [`${TEST_PUBLISHER}/${feature}:1`]: {} } };
    const [build] = await engine.db.transaction(scope, async (tx) => {
      await tx.execute(sql`UPDATE crews SET devcontainer_config = ${JSON.stringify(config)} WHERE id = ${crewId}`);
      const request = {
        fresh: true,
        settings: { miseAliases: {}, mirrors: {} },
        concurrent: 32,
        actor: orchestratorActor(),
      };
      await startProvision(tx, crewId, request);
      return tx.any<{ id: string; host_id: string; config_hash: string; n: number }>(sql`
        SELECT b.id, b.host_id, b.config_hash, b.n FROM image_builds b JOIN jobs j ON j.build_id = b.id
        WHERE j.subject_id = ${crewId}`);
    });
    return { ...build!, crewId, workflow: `build-${build!.host_id}-${build!.config_hash}-${build!.n}` };
  };
  const installing = (id: string) =>
    eventually(
      () => engine.db.systemReads.maybeOne<{ step: string }>([], sql`SELECT step FROM image_builds WHERE id = ${id}`),
      (build) => build?.step === 'install-features',
      60_000,
    );
  const cancelAsk = (crewId: string) =>
    engine.db.transaction(scope, (tx) => cancelProvision(tx, crewId, orchestratorActor()));
  await keep('build-completed', (await ask('recorded')).workflow);
  await keep('build-failed', (await ask('broken')).workflow);
  const left = await ask('slow');
  await installing(left.id);
  await cancelAsk(left.crewId);
  await keep('build-cancelled', left.workflow);
  const stranded = await ask('slow');
  await installing(stranded.id);
  await engine.processes.get('docker-host')!.kill();
  await cancelAsk(stranded.crewId);
  await engine.start('docker-host');
  await keep('build-cancelled-while-host-was-dead', stranded.workflow);
  const ended = await ask('slow');
  await installing(ended.id);
  await engine.temporal.client.workflow.getHandle(ended.workflow).cancel();
  await keep('build-cancelled-in-temporal', ended.workflow);
  console.log(
    `recorded ${recorded.length} histories in ${path.relative(process.cwd(), directory)}: ${recorded.join(', ')}`,
  );
} finally {
  await engine.close();
}
