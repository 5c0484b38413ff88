import { expect, test } from 'vitest';
import { restartContainer } from '../../../commands/engine/crews/restart-container.ts';
import { askHost } from '../../../commands/kernel/host-calls/ask-host.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { outcome } from '../../support/world/caller.ts';
import { addCrew, startApiWithHost } from '../../support/mission-crew.ts';
import { eventually } from '../../support/test-crew.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const suite = useCrew();
const api = perFile(() => startApiWithHost());

/** Fills what is in memory and stays; once that is empty again, it is done. */
const FILLS = `if [ -e /workspace/first ]; then [ ! -e /tmp/full ]; exit $?; fi
  head -c 600000000 /dev/zero > /tmp/full; echo full > /workspace/first; exec sleep 7654`;

test.skipIf(DOCKER_MISSING)(
  'a full /tmp is empty in the container that is made anew, and agents go on in it',
  async () => {
    const { crew, engine } = suite;
    const scope = { workspaceIds: [crew.workspaceId] };
    await crew.write(sql`
    UPDATE agents SET command = ${sql.array(['/bin/sh', '-c', FILLS], 'text')} WHERE id = ${crew.leadId}`);
    const missionId = await suite.run({ only: { agent: 'lead' } });
    await suite.appended('first');
    const [run] = await crew.rows<{ id: string; container_id: string; host_id: string }>(
      sql`SELECT id, container_id, host_id FROM runs WHERE mission_id = ${missionId}`,
    );

    // The host is asked what runs, and answers over the road that the API's calls take.
    const askProcesses = async () => {
      const id = await engine.db.transaction(scope, (tx) =>
        askHost(
          tx,
          {
            ...{ workspaceId: crew.workspaceId, crewId: crew.crewId, hostId: run!.host_id, kind: 'processes' },
            input: { run_id: run!.id, container_id: run!.container_id },
          },
          systemActor(),
        ),
      );
      const [row] = await eventually(
        () =>
          crew.rows<{ status: string; answer: object }>(sql`SELECT status, answer FROM host_calls WHERE id = ${id}`),
        ([found]) => found?.status !== 'asked',
      );
      return row!.answer;
    };
    expect(await askProcesses()).toMatchObject({
      up: true,
      processes: expect.arrayContaining([expect.objectContaining({ name: 'sleep', kept: false })]) as unknown,
    });

    const { restarted } = await engine.db.transaction(scope, (tx) => restartContainer(tx, crew.crewId, systemActor()));
    expect(restarted).toBe(1);
    expect((await suite.finished(missionId)).status).toBe('REVIEW');
    const runs = await crew.rows(
      sql`SELECT status, error_code, container_id FROM runs WHERE mission_id = ${missionId} ORDER BY attempt_no`,
    );
    expect(runs).toMatchObject([{ error_code: 'restarted' }, { status: 'COMPLETED', error_code: null }]);
    expect(await askProcesses()).toMatchObject({ up: false, processes: [] });
  },
);

test('a crew without a container has none to restart, and a MEMBER may not', async () => {
  const crew = await addCrew(api);
  expect(outcome(await crew.owner.ask('POST', `/crews/${crew.crewId}/container-restart`))).toEqual([
    409,
    'wrong_state',
  ]);
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  expect((await member.ask('POST', `/crews/${crew.crewId}/container-restart`)).status).toBe(403);
  const none = await crew.rows(sql`SELECT 1 FROM journal_entries WHERE entry_type = 'crew.agents_restarted'`);
  expect(none).toEqual([]);
});

test('a run that has not begun has no processes, and one that nobody has is not found', async () => {
  const crew = await addCrew(api);
  const runId = `run${crew.crewId}`;
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type)
    VALUES (${runId}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'USER')`);
  expect(await crew.owner.get(`/runs/${runId}/processes`)).toEqual({ run_id: runId, processes: [], truncated: false });
  expect(outcome(await crew.owner.ask('GET', '/runs/no-such-run/processes'))).toEqual([404, 'not_found']);
});
