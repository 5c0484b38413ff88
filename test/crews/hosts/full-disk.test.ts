import { expect, test } from 'vitest';
import { admitRuns } from '../../../commands/engine/runs/queue-runs.ts';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { isDiskLow } from '../../../domain/crews/hosts/host.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { outcome } from '../../support/world/caller.ts';
import { addCrew, addMission, type ApiCrew, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
const GIB = 1_073_741_824;

/** The host's disk of 100 GiB has this much room. */
const beat = (freeGib: number) =>
  recordHostHeartbeat(api.database, {
    hostId: 'test-host',
    architecture: 'x64',
    engineVersion: '1',
    slots: 8,
    disk: { totalBytes: 100 * GIB, freeBytes: freeGib * GIB, quotas: false, minFreePercent: 5 },
  });

/** Queues an attempt of each agent of the crew, and lets the host admit. */
async function queue(crew: ApiCrew): Promise<void> {
  await crew.write(sql`UPDATE crews SET host_id = 'test-host' WHERE id = ${crew.crewId}`);
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    for (const { id: agentId } of [crew.lead, ...crew.agents]) {
      await tx.execute(sql`
        INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, trigger_type, queued_at)
        VALUES (${newId()}, ${crew.workspaceId}, ${agentId}, ${crew.crewId}, 'test-host', 'USER', clock_timestamp())`);
    }
    await admitRuns(tx, 'test-host');
  });
}

const statuses = async (crew: ApiCrew) =>
  (await crew.rows<{ status: string }>(sql`SELECT DISTINCT status FROM runs WHERE crew_id = ${crew.crewId}`)).map(
    ({ status }) => status,
  );
const hostStatus = async (crew: ApiCrew) =>
  (await crew.owner.get<{ host_status: string }>(`/crews/${crew.crewId}`)).host_status;

test('a host whose disk is nearly full begins nothing, says why, and goes on when there is room', async () => {
  await beat(50);
  const crew = await addCrew(api);
  await crew.write(sql`UPDATE crews SET host_id = 'test-host' WHERE id = ${crew.crewId}`);
  expect(await hostStatus(crew)).toBe('up');
  await beat(4);
  await beat(4);
  await queue(crew);
  expect(await statuses(crew)).toEqual(['QUEUED']);
  expect(await hostStatus(crew)).toBe('full');
  // No other crew is placed there.
  const other = await addCrew(api);
  const { url } = await addMission(other);
  expect(outcome(await other.owner.ask('POST', `${url}/start`))).toEqual([503, 'no_live_host']);

  // As little as it takes is not room enough.
  await beat(5.5);
  expect(await statuses(crew)).toEqual(['QUEUED']);
  await beat(7);
  expect(await statuses(crew)).toEqual(['ADMITTED']);
  expect(await hostStatus(crew)).toBe('up');
  const told = await crew.rows<{ entry_type: string }>(
    sql`SELECT entry_type FROM journal_entries WHERE entry_type LIKE 'crew.host_disk%' ORDER BY entry_type`,
  );
  expect(told.map(({ entry_type: type }) => type)).toEqual(['crew.host_disk_low', 'crew.host_disk_ok']);
  const operator = await api.addUser({ operator: true });
  const hosts = await operator.get<{ id: string; disk: object }[]>('/hosts');
  expect(hosts.find(({ id }) => id === 'test-host')).toMatchObject({
    disk: { total_bytes: 100 * GIB, free_bytes: 7 * GIB, low: false, quotas: false },
    disk_bytes: 0,
  });
});

test('a disk is low below its part, and until a little more than that is free', () => {
  const disk = (freeBytes: number, minFreePercent = 5) => ({
    totalBytes: 1_000,
    freeBytes,
    quotas: false,
    minFreePercent,
  });
  expect(isDiskLow(disk(49), false)).toBe(true);
  expect(isDiskLow(disk(50), false)).toBe(false);
  expect(isDiskLow(disk(59), true)).toBe(true);
  expect(isDiskLow(disk(60), true)).toBe(false);
  expect(isDiskLow(disk(0, 0), false)).toBe(false);
});
