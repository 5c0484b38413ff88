import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { type CrewDataDeps, createCrewDataUpkeep } from '../../../activities/crews/crew-data/crew-data-upkeep.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type ContainerCrew, createDockerFixture, startCrew } from '../../support/container-crew.ts';
import { type ApiCrew, addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { perFile } from '../../support/world/per-file.ts';

const HOUR_MS = 3_600_000;
const MIB = 1_048_576;
const docker = { unless: DOCKER_MISSING };
const api = perFile(() => startApiWithHost());
const fixture = perFile(() => createDockerFixture(), docker);

const upkeep = (changes: Partial<CrewDataDeps> = {}) => {
  const turn = createCrewDataUpkeep({
    ...fixture.prepare,
    db: api.database,
    log: { info: () => {}, warn: () => {} },
    hostId: 'test-host',
    stackId: fixture.stackId,
    crewKeptMs: HOUR_MS,
    runKeptMs: HOUR_MS,
    warnBytes: 0,
    ...changes,
  }).turn(async () => {});
  return turn;
};

/** A crew whose container has run on this host. */
async function crewWithContainer(): Promise<{ crew: ApiCrew; container: ContainerCrew }> {
  await beatHost(api);
  const crew = await addCrew(api);
  const spec = fixture.newSpec({ crewId: crew.crewId, workspaceId: crew.workspaceId });
  return { crew, container: await startCrew(fixture, spec) };
}

const rootOf = ({ crewId }: ApiCrew) => crewPaths(fixture.settings, crewId).root;
const isThere = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );
const volumesOf = ({ crewId }: ApiCrew) =>
  fixture.docker.listVolumes({ [LABEL.stack]: fixture.stackId, [LABEL.crew]: crewId });
const entries = (crew: ApiCrew, type: string) =>
  crew.rows<{ payload: Record<string, unknown> }>(
    sql`SELECT payload FROM journal_entries WHERE entry_type = ${type} AND crew_id = ${crew.crewId}`,
  );

test.skipIf(DOCKER_MISSING)('what a deleted crew had goes after its time, and the journal says so once', async () => {
  const { crew, container } = await crewWithContainer();
  await container.sh(
    'mkdir -p /workspace/a/b && echo x > /workspace/a/b/c && echo y > /home/agent/z && ln -s / /output/l',
  );
  await crew.owner.delete(`/crews/${crew.crewId}`);
  await fixture.docker.removeContainer(container.containerId);
  await upkeep();
  expect(await isThere(rootOf(crew))).toBe(true);
  expect(await volumesOf(crew)).toHaveLength(2);

  // One that dies between the directories and the volumes, and one that dies before it said so.
  const dying = (method: 'removeVolume') => ({
    ...fixture.docker,
    [method]: async () => {
      throw new Error('killed');
    },
  });
  await upkeep({ crewKeptMs: 0, docker: dying('removeVolume') });
  expect(await isThere(rootOf(crew))).toBe(false);
  expect(await volumesOf(crew)).toHaveLength(2);
  expect(await entries(crew, 'crew.data_purged')).toEqual([]);
  await upkeep({
    crewKeptMs: 0,
    db: {
      systemReads: api.database.systemReads,
      systemTransaction: async (...args) => {
        if ((await volumesOf(crew)).length === 0) throw new Error('killed');
        return api.database.systemTransaction(...args);
      },
    },
  });
  expect(await volumesOf(crew)).toEqual([]);
  expect(await entries(crew, 'crew.data_purged')).toEqual([]);

  await upkeep({ crewKeptMs: 0 });
  await upkeep({ crewKeptMs: 0 });
  expect(await entries(crew, 'crew.data_purged')).toMatchObject([{ payload: { host_id: 'test-host' } }]);
  expect(await isThere(rootOf(crew))).toBe(false);
  expect(await crew.rows(sql`SELECT 1 FROM crew_data WHERE crew_id = ${crew.crewId}`)).toEqual([]);
});

test.skipIf(DOCKER_MISSING)('a living crew keeps what it has, and a directory that nobody knows stays', async () => {
  const { crew } = await crewWithContainer();
  const strange = path.join(fixture.settings.crewsDir, newId());
  await mkdir(strange);
  await upkeep({ crewKeptMs: 0 });
  expect(await isThere(rootOf(crew))).toBe(true);
  expect(await volumesOf(crew)).toHaveLength(2);
  expect(await isThere(strange)).toBe(true);
});

async function addRun(crew: ApiCrew, finishedMinutesAgo: number): Promise<string> {
  const id = newId();
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, trigger_type, status, started_at, finished_at)
    VALUES (${id}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'test-host', 'USER', 'COMPLETED', now(),
      now() - ${finishedMinutesAgo} * interval '1 minute')`);
  return id;
}

interface Disk {
  readonly disk_bytes: number | null;
  readonly measured_at: string | null;
  readonly hosts: readonly { readonly host_id: string; readonly over_limit: boolean }[];
  readonly largest_runs: readonly { readonly run_id: string; readonly disk_bytes: number }[];
}

test.skipIf(DOCKER_MISSING)(
  'disk is measured of crew, run and host, and old runs’ directories are trimmed',
  async () => {
    const { crew, container } = await crewWithContainer();
    const [old, recent] = [await addRun(crew, 90), await addRun(crew, 30)];
    for (const [id, mib] of [
      [old, 2],
      [recent, 1],
    ] as const) {
      const fill = `head -c ${mib * MIB} /dev/urandom > "$CREWSHIP_RUN_DIR/data"; mkdir -m 700 "$CREWSHIP_RUN_DIR/own"`;
      const execId = await container.start(id, ['/bin/sh', '-c', fill]);
      for await (const event of container.follow(id, execId)) {
        if (event.kind === 'end') expect(event).toMatchObject({ exitCode: 0 });
      }
    }
    const fill = (mib: number, file: string) => `head -c ${mib * MIB} /dev/urandom > ${file}`;
    await container.sh(
      `${fill(4, '/workspace/data')}; ln /workspace/data /workspace/again; ${fill(3, '/home/agent/data')}`,
    );
    const disk = () => crew.owner.get<Disk>(`/crews/${crew.crewId}/disk`);
    expect(await disk()).toMatchObject({ disk_bytes: null, measured_at: null, hosts: [] });

    await upkeep({ warnBytes: 8 * MIB, runKeptMs: 2 * HOUR_MS });
    const measured = await disk();
    expect(measured.disk_bytes).toBeGreaterThanOrEqual(10 * MIB);
    expect(measured.disk_bytes).toBeLessThan(12 * MIB);
    expect(measured.hosts).toMatchObject([{ host_id: 'test-host', over_limit: true }]);
    expect(measured.largest_runs.map(({ run_id: id }) => id)).toEqual([old, recent]);
    const run = await crew.owner.get<{ disk_bytes: number }>(`/runs/${old}`);
    expect(run.disk_bytes).toBeGreaterThanOrEqual(2 * MIB);
    const [host] = (await api.database.systemReads.any(
      [],
      sql`SELECT sum(disk_bytes)::bigint AS bytes FROM crew_data WHERE host_id = 'test-host'`,
    )) as readonly { bytes: number }[];
    expect(host!.bytes).toBeGreaterThanOrEqual(measured.disk_bytes!);

    // Due again, and above the limit as before: nothing new is said, and the older run's directory goes.
    await api.database.systemTransaction({}, (tx) => tx.execute(sql`UPDATE crew_data SET measured_at = NULL`));
    await upkeep({ warnBytes: 8 * MIB });
    expect(await entries(crew, 'crew.disk_over_limit')).toMatchObject([{ payload: { limit_bytes: 8 * MIB } }]);
    expect(await entries(crew, 'crew.runs_trimmed')).toMatchObject([{ payload: { runs: 1 } }]);
    const paths = crewPaths(fixture.settings, crew.crewId);
    expect(await readdir(paths.runs)).toEqual([recent]);
    expect(await readdir(paths.records)).toEqual([recent]);
    expect(await crew.owner.get(`/runs/${old}`)).toMatchObject({ disk_bytes: null });
    expect((await disk()).largest_runs.map(({ run_id: id }) => id)).toEqual([recent]);
  },
);
