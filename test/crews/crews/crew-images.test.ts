import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { listCrewContainers } from '../../../activities/crews/containers/crew-container.ts';
import { countAgentsPendingRestart } from '../../../db/crews/crews/outdated-container.ts';
import { restartAgents } from '../../../commands/engine/crews/restart-agents.ts';
import { updateCrew } from '../../../commands/engine/crews/crew-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { CrewFields } from '../../../domain/crews/crews/crew.ts';
import { connectDocker } from '../../../deploy/local/services/docker-address.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { whyNotPrivileged } from '../../support/privileged.ts';
import { createTestCrew, eventually, type TestCrew } from '../../support/test-crew.ts';
import { DOCKER_MISSING, TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';

const suite = useCrew();
const { workspace, lines, appended, run, view, finished } = suite;
const docker = connectDocker(TEST_DOCKER_HOST);
const images: string[] = [];

const inWorkspace = (crew: TestCrew = suite.crew) => ({ workspaceIds: [crew.workspaceId] });

/** An image as a build leaves it: the base with something of its own in its environment. */
async function makeImage(name: string): Promise<string> {
  const container = await docker.createContainer({ Image: TEST_RUNTIME_IMAGE, Cmd: ['true'] });
  const { Id } = (await container.commit({
    changes: [`ENV IMAGE_NAME=${name}`, `ENV PATH=/opt/${name}/bin:/usr/bin:/bin`],
  })) as {
    Id: string;
  };
  await container.remove();
  images.push(Id);
  return Id;
}

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  await makeImage('first');
  await makeImage('second');
});
afterAll(async () => {
  await Promise.all(
    images.map((id) =>
      docker
        .getImage(id)
        .remove({ force: true })
        .catch(() => {}),
    ),
  );
});

/** What a build's last step writes. */
function haveImage(imageId: string): Promise<unknown> {
  return suite.engine.db.transaction(inWorkspace(), (tx) =>
    tx.execute(sql`
      UPDATE crews SET cached_image = 'crewship-cache:test', cached_image_id = ${imageId},
        cached_config_hash = ${'0'.repeat(64)}
      WHERE id = ${suite.crew.crewId}`),
  );
}

interface Row {
  container_status: string;
  container_id: string | null;
  container_image_id: string | null;
  container_error: string | null;
  cached_image_id: string | null;
  generation: number;
}

async function row(): Promise<Row> {
  const found = await suite.engine.db.reads.maybeOne<Row>(
    [suite.crew.workspaceId],
    sql`SELECT container_status, container_id, container_image_id, container_error, cached_image_id, generation
      FROM crews WHERE id = ${suite.crew.crewId}`,
  );
  return found!;
}

const pending = () => countAgentsPendingRestart(suite.engine.db.reads, suite.crew.workspaceId, suite.crew.crewId);

function change(patch: Partial<CrewFields>): Promise<unknown> {
  return suite.engine.db.transaction(inWorkspace(), (tx) =>
    updateCrew(tx, suite.crew.crewId, () => patch, orchestratorActor()),
  );
}

dockerTest(
  'a crew runs from the image that was built for it; a newer one waits for agents at work, and the next start has it',
  async () => {
    await haveImage(images[0]!);
    const missionId = await run({
      one: {
        agent: 'builder',
        description: 'env IMAGE_NAME /workspace/images\nenv PATH /workspace/paths\nwait-for /workspace/go',
      },
      two: { agent: 'lead', dependsOn: ['one'], description: 'env IMAGE_NAME /workspace/images' },
    });
    await appended('paths');
    const before = await row();
    expect(before).toMatchObject({ container_status: 'running', container_image_id: images[0] });
    expect((await readFile(workspace('paths'), 'utf8')).trim()).toBe(
      '/opt/crew-tools/bin:/opt/crewship/bin:/opt/first/bin:/usr/bin:/bin',
    );
    expect(await pending()).toBe(0);
    await haveImage(images[1]!);
    expect(await pending()).toBe(2);
    expect((await row()).container_id).toBe(before.container_id);
    await writeFile(workspace('go'), '');
    const mission = await finished(missionId);
    expect(mission).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }, { status: 'COMPLETED' }] });
    expect(await lines('images')).toEqual(['first', 'second']);
    expect(await row()).toMatchObject({ container_image_id: images[1], generation: before.generation + 1 });
    expect(await pending()).toBe(0);
  },
  60_000,
);

dockerTest(
  'restart of agents whose image is outdated brings all of them to the new one',
  async () => {
    await haveImage(images[1]!);
    const missionId = await run({
      one: { agent: 'builder', description: 'env IMAGE_NAME /workspace/both-one\nwait-for /workspace/both' },
      two: { agent: 'lead', description: 'env IMAGE_NAME /workspace/both-two\nwait-for /workspace/both' },
    });
    await appended('both-one');
    await appended('both-two');
    await haveImage(images[0]!);
    const { restarted } = await suite.engine.db.transaction(inWorkspace(), (tx) =>
      restartAgents(tx, suite.crew.crewId, orchestratorActor()),
    );
    expect(restarted).toBe(2);
    await eventually(
      () => Promise.all([lines('both-one'), lines('both-two')]),
      (both) => both.every((values) => values.length === 2),
    );
    await writeFile(workspace('both'), '');
    const mission = await finished(missionId);
    expect(mission.runs.map(({ status, error_code }) => [status, error_code]).sort()).toEqual([
      ['CANCELLED', 'restarted'],
      ['CANCELLED', 'restarted'],
      ['COMPLETED', null],
      ['COMPLETED', null],
    ]);
    expect([await lines('both-one'), await lines('both-two')]).toEqual([
      ['second', 'first'],
      ['second', 'first'],
    ]);
    expect(await pending()).toBe(0);
  },
  60_000,
);

dockerTest(
  'an image that is gone is forgotten by the crew and by its host’s list, and is no error',
  async () => {
    const gone = await makeImage('gone');
    await docker.getImage(gone).remove({ force: true });
    const { host_id: hostId } = (await suite.engine.db.reads.maybeOne<{ host_id: string }>(
      [suite.crew.workspaceId],
      sql`SELECT host_id FROM crews WHERE id = ${suite.crew.crewId}`,
    ))!;
    await suite.engine.db.systemTransaction({}, (tx) =>
      tx.execute(sql`
        INSERT INTO cached_images (host_id, config_hash, tag, image_id, size_bytes)
        VALUES (${hostId}, ${'0'.repeat(64)}, 'crewship-cache:000000000000', ${gone}, 1)`),
    );
    await haveImage(gone);
    const missionId = await run({ one: { agent: 'builder', description: 'env IMAGE_NAME /workspace/gone' } });
    expect((await finished(missionId)).status).toBe('REVIEW');
    expect(await lines('gone')).toEqual(['']);
    expect(await row()).toMatchObject({ cached_image_id: null, container_status: 'running' });
    expect(
      await suite.engine.db.systemReads.any([], sql`SELECT 1 FROM cached_images WHERE image_id = ${gone}`),
    ).toEqual([]);
    const [entry] = await suite.crew.rows<{
      payload: { reason: string };
    }>(sql`SELECT payload FROM journal_entries WHERE crew_id = ${suite.crew.crewId}
        AND entry_type = 'container.status_change' AND payload ->> 'reason' = 'image gone'`);
    expect(entry).toBeDefined();
  },
  60_000,
);

dockerTest(
  'a container of other limits, mounts or networks is replaced while nobody works in it, its hooks run at each start',
  async () => {
    const config = (members: object) =>
      JSON.stringify({ image: TEST_RUNTIME_IMAGE, postStartCommand: 'echo started >>/workspace/starts', ...members });
    await change({ devcontainer_config: config({}) });
    const once = async () => expect((await finished(await run({ one: { agent: 'builder' } }))).status).toBe('REVIEW');
    await once();
    const first = await row();
    // Hooks alone are no reason.
    await change({ devcontainer_config: config({ remoteEnv: { A: 'b' } }) });
    await once();
    expect((await row()).container_id).toBe(first.container_id);
    await change({
      devcontainer_config: config({ mounts: ['source=cache,target=/var/cache/mine'] }),
      network_mode: 'free',
    });
    // Told by the change itself: it goes without anybody asking for another.
    await eventually(row, ({ container_status: status }) => status === 'stopped');
    await eventually(
      async () => (await listCrewContainers(suite.engine.docker, suite.engine.stackId)).length,
      (left) => left === 0,
    );
    const missionId = await run({ one: { agent: 'builder', description: 'append /var/cache/mine/note' } });
    expect((await finished(missionId)).status).toBe('REVIEW');
    expect(await suite.engine.docker.listNetworks({ 'crewship.crew': suite.crew.crewId })).toHaveLength(1);
    const starts = (await lines('starts')).length;
    // 1.5 seconds without work.
    await change({ container_ttl_hours: 1.5 / 3_600 });
    await eventually(row, ({ container_status: status }) => status === 'stopped');
    await change({ container_ttl_hours: 4, network_mode: 'restricted' });
    await once();
    expect((await lines('starts')).length).toBe(starts + 1);
    await eventually(
      () => suite.engine.docker.listNetworks({ 'crewship.crew': suite.crew.crewId }),
      (networks) => networks.length === 0,
    );
  },
  90_000,
);

dockerTest(
  'a hook that fails is a warning in the journal and nothing else',
  async () => {
    await change({
      devcontainer_config: JSON.stringify({
        image: TEST_RUNTIME_IMAGE,
        postStartCommand: { bad: 'exit 9', good: 'true' },
      }),
      container_memory_mb: 640,
    });
    expect((await finished(await run({ one: { agent: 'builder' } }))).status).toBe('REVIEW');
    const entries = await suite.crew.rows<{ severity: string; payload: Record<string, unknown> }>(
      sql`SELECT severity, payload FROM journal_entries
        WHERE crew_id = ${suite.crew.crewId} AND entry_type = 'container.hook_failed'`,
    );
    expect(entries).toMatchObject([{ severity: 'warn', payload: { name: 'bad', reason: 'failed', exit_code: 9 } }]);
  },
  60_000,
);

dockerTest(
  'kill -9 of the host’s worker under a hook: the hook runs once, and then the agents',
  async () => {
    await change({
      devcontainer_config: JSON.stringify({
        image: TEST_RUNTIME_IMAGE,
        postStartCommand:
          'echo begun >>/workspace/slow; while [ ! -e /workspace/hooked ]; do sleep 0.1; done; ' +
          'echo ended >>/workspace/slow',
      }),
      container_memory_mb: 700,
    });
    const missionId = await run({ one: { agent: 'builder', description: 'append /workspace/slow' } });
    await appended('slow');
    await suite.engine.processes.get('docker-host')!.kill();
    await suite.engine.start('docker-host');
    await writeFile(workspace('hooked'), '');
    expect((await finished(missionId)).status).toBe('REVIEW');
    expect((await lines('slow')).map((line) => line.split(' ')[0])).toEqual(['begun', 'ended', 'one']);
    expect((await view(missionId)).runs).toHaveLength(1);
  },
  90_000,
);

dockerTest(
  'privileges that a workspace takes back are refused at the next start, with the reason',
  async () => {
    const { engine } = suite;
    const crew = await createTestCrew(engine.db, {
      agents: { lead: ['worker.mjs'] },
      workspaceId: suite.crew.workspaceId,
    });
    const allow = (allowed: boolean) =>
      engine.db.systemTransaction({}, (tx) =>
        tx.execute(sql`UPDATE workspaces SET allow_privileged_credentials = ${allowed} WHERE id = ${crew.workspaceId}`),
      );
    await allow(true);
    await change({ devcontainer_config: JSON.stringify({ image: TEST_RUNTIME_IMAGE, privileged: true }) });
    if ((await whyNotPrivileged()) === undefined) {
      expect((await finished(await run({ one: { agent: 'builder' } }))).status).toBe('REVIEW');
      const { container_id: containerId } = await row();
      expect((await docker.getContainer(containerId!).inspect()).HostConfig.Privileged).toBe(true);
    }
    await allow(false);
    const mission = await finished(await run({ one: { agent: 'builder' } }));
    expect(mission).toMatchObject({ status: 'FAILED', runs: [{ error_code: 'crew_start_failed' }] });
    const refused = await row();
    expect(refused.container_status).toBe('error');
    expect(refused.container_error).toContain('privileged');
    await change({ devcontainer_config: null });
    expect((await finished(await run({ one: { agent: 'builder' } }))).status).toBe('REVIEW');
  },
  60_000,
);
