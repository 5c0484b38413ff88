import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect } from 'vitest';
import { listCrewContainers } from '../../../activities/crews/containers/crew-container.ts';
import { createHelperImage } from '../../../activities/crews/containers/helper-image.ts';
import { ensureCrewNetwork } from '../../../activities/crews/containers/crew-network.ts';
import { reconcileContainers } from '../../../activities/instance/reconcile/reconcile-containers.ts';
import {
  type AttemptDeps,
  createAttemptExec,
  prepareAttempt,
  startAttempt,
} from '../../../activities/work/runs/exec/attempt-exec.ts';
import { installExecPrograms } from '../../../activities/work/runs/exec/exec-programs.ts';
import { type AttemptGroups, createAttemptGroups } from '../../../activities/work/runs/groups/attempt-groups.ts';
import { openExposure } from '../../../commands/engine/ports/port-exposure-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { createWorkflowLookup } from '../../../platform/temporal/workflow-lookup.ts';
import { createDockerFixture, startCrew } from '../../support/container-crew.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { eventually } from '../../support/test-crew.ts';
import { TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';
import { reconcileNow, repairsOf } from './reconcile-fixture.ts';

const suite = useCrew();
const { run, view, finished, appended, workspace } = suite;

const hostDir = (name: string) => path.join(suite.engine.dataDir, 'hosts', suite.engine.stackId, name);

let groups: AttemptGroups | undefined;
afterAll(() => groups?.close());

/** What the worker of this host has. */
async function hostAttempts(): Promise<AttemptDeps> {
  const { docker, stackId } = suite.engine;
  const dirs = { crewsDir: hostDir('crews'), socketsDir: hostDir('sockets'), runtimeDir: hostDir('runtime') };
  const programs = await installExecPrograms(dirs.runtimeDir);
  const helperImage = createHelperImage({ docker, reference: TEST_RUNTIME_IMAGE });
  const { runtimeDir } = dirs;
  const nodeBinary = process.execPath;
  groups ??= createAttemptGroups({ docker, helperImage, stackId, nodeBinary, runtimeDir, program: programs.groups });
  return { docker, dirs, programs, groups, identity: { uid: process.getuid!(), gid: process.getgid!() } };
}

async function reconcileHost(): Promise<number> {
  const { db, docker, stackId, temporal } = suite.engine;
  return reconcileContainers({
    db,
    docker,
    attempts: await hostAttempts(),
    workflows: createWorkflowLookup(temporal.client, new AbortController().signal),
    stackId,
    hostId: stackId,
    log: createLogger({ name: 'test', level: 'silent' }),
  });
}

interface Crew {
  readonly generation: number;
  readonly container_status: string;
  readonly container_id: string | null;
}

async function crewRow(): Promise<Crew> {
  const row = await suite.engine.db.systemReads.maybeOne<Crew>(
    [],
    sql`SELECT generation, container_status, container_id FROM crews WHERE id = ${suite.crew.crewId}`,
  );
  return row!;
}

async function containerIds(): Promise<string[]> {
  return (await listCrewContainers(suite.engine.docker, suite.engine.stackId)).map((found) => found.containerId);
}

/** The crew's row as an older backup has it: from before its container was started. */
async function forgetContainer(): Promise<void> {
  await suite.crew.write(sql`
      UPDATE crews SET container_status = 'stopped', container_id = NULL, generation = generation - 1
      WHERE id = ${suite.crew.crewId}`);
}

async function repairsAbout(id: string) {
  return (await repairsOf(suite.engine, suite.crew.workspaceId)).filter((repair) => repair.id === id);
}

dockerTest(
  'a container whose crew forgot it is taken down by its workflow, and the crew goes past its generation',
  async () => {
    expect((await finished(await run({ one: { agent: 'lead' } }))).status).toBe('REVIEW');
    expect(await reconcileHost()).toBe(0);
    const before = await crewRow();
    await forgetContainer();
    // Its workflow is open: that is left to the comparison of workflows.
    expect(await reconcileHost()).toBe(0);
    await reconcileNow(suite.engine);
    expect(await repairsAbout(suite.crew.crewId)).toMatchObject([
      { kind: 'crew', discrepancy: 'generation_behind', from: before.generation - 1, to: before.generation },
    ]);
    await eventually(containerIds, (ids) => !ids.includes(before.container_id!));
    expect((await finished(await run({ two: { agent: 'lead' } }))).status).toBe('REVIEW');
    expect((await crewRow()).generation).toBe(before.generation + 1);
  },
  60_000,
);

dockerTest('a container that its crew forgot and no workflow drives is removed', async () => {
  expect((await finished(await run({ three: { agent: 'lead' } }))).status).toBe('REVIEW');
  const { generation, container_id: containerId } = await crewRow();
  await forgetContainer();
  await suite.engine.temporal.client.workflow
    .getHandle(`crew-${suite.crew.crewId}-${generation}`)
    .terminate('lost with its server');
  expect(await reconcileHost()).toBe(1);
  expect(await containerIds()).not.toContain(containerId);
  expect(await repairsAbout(containerId!)).toMatchObject([
    { kind: 'container', discrepancy: 'container_unwanted', from: generation - 1, to: generation },
  ]);
  expect(await reconcileHost()).toBe(0);
  expect((await finished(await run({ four: { agent: 'lead' } }))).status).toBe('REVIEW');
  expect((await crewRow()).generation).toBe(generation + 1);
});

dockerTest(
  'a container of a crew that no row knows is removed; one of an unknown workspace is left alone',
  async () => {
    const fixture = await createDockerFixture();
    const { stackId } = suite.engine;
    const { workspaceId } = suite.crew;
    try {
      const forgotten = await startCrew(fixture, fixture.newSpec({ stackId, workspaceId }));
      const foreign = await startCrew(fixture, fixture.newSpec({ stackId }));
      expect(await reconcileHost()).toBe(1);
      expect(await containerIds()).toContain(foreign.containerId);
      expect(await containerIds()).not.toContain(forgotten.containerId);
      expect(await repairsAbout(forgotten.containerId)).toMatchObject([{ from: null, to: null }]);
      await suite.engine.docker.removeContainer(foreign.containerId);
    } finally {
      await fixture.close();
    }
  },
  60_000,
);

dockerTest('an attempt that the database does not know is ended', async () => {
  expect((await finished(await run({ five: { agent: 'lead' } }))).status).toBe('REVIEW');
  const { docker } = suite.engine;
  const { crewId } = suite.crew;
  const containerId = (await crewRow()).container_id!;
  const attemptId = newId();
  const attempts = await hostAttempts();
  await prepareAttempt(attempts, { crewId, attemptId, input: '{}' });
  const exec = { containerId, attemptId, command: ['sleep', '600'], env: {}, outputLimitBytes: 1_024 };
  const { execId } = await createAttemptExec(attempts, exec);
  // One that was created and not started may be about to be committed.
  expect(await reconcileHost()).toBe(0);
  await startAttempt(attempts, { containerId, attemptId, execId });
  expect(await reconcileHost()).toBe(1);
  // The daemon says so a moment after its processes are gone.
  await eventually(
    async () => (await docker.inspectExec(execId))?.running,
    (running) => running === false,
  );
  expect(await repairsAbout(attemptId)).toMatchObject([{ kind: 'run', discrepancy: 'record_lost', from: 'process' }]);
  expect(await reconcileHost()).toBe(0);
});

dockerTest('what serves an open port stays when its attempt has ended, until the port is closed', async () => {
  const missionId = await run({
    serving: {
      agent: 'builder',
      description: 'shell nohup sleep 8181 >/dev/null 2>&1 &\nappend /workspace/serving\nwait-for /workspace/served',
    },
  });
  await appended('serving');
  const { containerId, runId } = await suite.engine.db.transaction(
    { workspaceIds: [suite.crew.workspaceId] },
    async (tx) => {
      const row = await tx.one<{ id: string; container_id: string; agent_id: string }>(
        sql`SELECT id, container_id, agent_id FROM runs WHERE mission_id = ${missionId}`,
      );
      const { crewId, workspaceId } = suite.crew;
      const asked = { workspaceId, crewId, agentId: row.agent_id, runId: row.id, chatId: null, containerId: null };
      const exposure = { ...asked, port: 3000, description: null, ttlSeconds: 600, token: newId() };
      await openExposure(tx, exposure, orchestratorActor());
      return { containerId: row.container_id, runId: row.id };
    },
  );
  await writeFile(workspace('served'), '');
  expect((await finished(missionId)).status).toBe('REVIEW');
  const kept = async () =>
    ((await (await hostAttempts()).groups.list(containerId)) ?? []).filter(({ kind }) => kind === 'kept');
  await reconcileHost();
  expect(await kept()).toMatchObject([{ id: runId, processes: [{ name: 'sleep' }] }]);
  await suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, (tx) =>
    tx.execute(sql`UPDATE port_exposures SET status = 'revoked', revoked_at = now() WHERE run_id = ${runId}`),
  );
  await reconcileHost();
  expect(await kept()).toEqual([]);
});

dockerTest(
  'a container removed by hand while its worker was down: the run is LOST and the next attempt names it',
  async () => {
    const missionId = await run({
      doomed: { agent: 'builder', description: 'append /workspace/doomed\nwait-for /workspace/spared' },
    });
    await appended('doomed');
    await suite.engine.processes.get('docker-host')!.kill();
    await suite.engine.docker.removeContainer((await crewRow()).container_id!);
    await suite.engine.start('docker-host');
    await eventually(
      () => view(missionId),
      ({ runs }) => runs.length === 2 && runs[1]!.status === 'RUNNING',
      40_000,
    );
    await writeFile(workspace('spared'), '');
    const mission = await finished(missionId);
    expect(mission.status).toBe('REVIEW');
    expect(mission.runs).toMatchObject([
      { status: 'FAILED', error_code: 'lost' },
      { status: 'COMPLETED', attempt_no: 2, predecessor_id: mission.runs[0]!.id },
    ]);
  },
  60_000,
);

dockerTest(
  'a container removed after its agent ended, while its worker was down: what the agent left settles the run',
  async () => {
    const missionId = await run({
      ended: { agent: 'builder', description: 'append /workspace/ended\nwait-for /workspace/end' },
    });
    await appended('ended');
    const [attempt] = (await view(missionId)).runs;
    const { docker, db } = suite.engine;
    const exec = await db.systemReads.maybeOne<{ exec_id: string }>(
      [],
      sql`SELECT exec_id FROM runs WHERE id = ${attempt!.id}`,
    );
    await suite.engine.processes.get('docker-host')!.kill();
    await writeFile(workspace('end'), '');
    await eventually(
      () => docker.inspectExec(exec!.exec_id),
      (state) => state?.running === false,
    );
    await docker.removeContainer((await crewRow()).container_id!);
    await suite.engine.start('docker-host');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ id: attempt!.id, status: 'COMPLETED' }] });
  },
  60_000,
);

dockerTest('a network that a dead process left without a container is removed, one that is used is not', async () => {
  const { docker, stackId } = suite.engine;
  const { workspaceId, crewId } = suite.crew;
  const left = newId();
  const network = (id: string) => ensureCrewNetwork(docker, '10.212.0.0/16', { stackId, workspaceId, crewId: id });
  await network(left);
  expect((await finished(await run({ used: { agent: 'lead' } }))).status).toBe('REVIEW');
  await network(crewId);
  expect(await reconcileHost()).toBe(1);
  expect((await docker.listNetworks({ 'crewship.stack': stackId })).map(({ name }) => name)).toEqual([
    `crewship-${stackId}-${crewId}`,
  ]);
  await docker.removeNetwork(`crewship-${stackId}-${crewId}`);
});
