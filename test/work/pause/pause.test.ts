import { beforeEach, expect, test } from 'vitest';
import { beginRun } from '../../../commands/engine/runs/begin-run.ts';
import { settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Mission } from '../../../domain/work/missions/mission.ts';
import { addCrew, addMission, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { DONE, finishOne, playOut, startOne, step } from '../missions/play-mission.ts';

const api = perFile(() => startApiWithHost());
// A crew each: what one test leaves running would hold the next one's lead.
beforeEach(() => beatHost(api));
const crew = perTest(() => addCrew(api));

interface Answer {
  readonly id: string;
  readonly paused_at: string | null;
  readonly ended: number;
}
const scopes = () =>
  ({
    workspace: `/workspaces/${crew.workspaceId}`,
    crew: `/crews/${crew.crewId}`,
    agent: `/agents/${crew.lead.id}`,
  }) as const;
const get = (url: string) => crew.owner.get<Mission>(url);
const statuses = (id: string) =>
  crew.rows<{ status: string; error_code: string | null }>(
    sql`SELECT status, error_code FROM runs WHERE mission_id = ${id} ORDER BY status, attempt_no`,
  );
const address = (id: string) => ({ workspaceId: crew.workspaceId, id, generation: 0 });
const runOf = async (missionId: string, status: string) => {
  const [run] = await crew.rows<{ id: string }>(
    sql`SELECT id FROM runs WHERE mission_id = ${missionId} AND status = ${status} ORDER BY created_at LIMIT 1`,
  );
  return run!.id;
};

for (const kind of ['workspace', 'crew', 'agent'] as const) {
  test(`a paused ${kind} begins nothing; what runs goes on, clocks stand, and afterwards all goes on`, async () => {
    const url = scopes()[kind];
    const mission = await addMission(crew, { a: [], b: [] });
    await crew.owner.act(`${mission.url}/start`);
    await step(api, crew, mission.id);
    await startOne(api, crew, mission.id);
    const deadline = Date.parse((await get(mission.url)).deadline_at!);
    const paused = await crew.owner.act<Answer>(`${url}/pause`);
    expect(paused).toEqual({ id: url.split('/')[2], paused_at: expect.any(String), ended: 0 });
    expect(await crew.owner.act(`${url}/pause`)).toEqual(paused);
    expect(await crew.owner.get(url)).toMatchObject({ paused_at: paused.paused_at });
    // The lead takes one at a time: what runs ends as it would, and the other one does not get its place.
    expect(await finishOne(api, crew, mission.id, DONE)).toBe(true);
    await step(api, crew, mission.id);
    expect((await statuses(mission.id)).map(({ status }) => status)).toEqual(['COMPLETED', 'QUEUED']);
    const other = await addMission(crew);
    await crew.owner.act(`${other.url}/start`);
    await step(api, crew, other.id);
    expect((await statuses(other.id)).map(({ status }) => status)).toEqual(['QUEUED']);
    for (const { url: held } of [mission, other]) {
      expect(await get(held)).toMatchObject({
        clock_stopped_at: expect.any(String),
        waiting_for: kind === 'agent' ? null : { kind: 'clock', detail: `${kind}_paused`, since: paused.paused_at },
      });
    }
    await crew.write(sql`UPDATE missions SET clock_stopped_at = clock_stopped_at - interval '1 hour'`);
    expect(await crew.owner.act(`${url}/unpause`)).toEqual({ ...paused, paused_at: null });
    await crew.owner.act(`${url}/unpause`);
    const going = await get(mission.url);
    expect(going).toMatchObject({ clock_stopped_at: null, waiting_for: null });
    expect(Date.parse(going.deadline_at!) - deadline).toBeGreaterThanOrEqual(3_600_000);
    // What waited longest has its place by the same commit.
    expect((await statuses(mission.id)).map(({ status }) => status)).toEqual(['ADMITTED', 'COMPLETED']);
    await playOut(api, crew, mission.id, DONE);
    await playOut(api, crew, other.id, DONE);
    expect([(await get(mission.url)).status, (await get(other.url)).status]).toEqual(['REVIEW', 'REVIEW']);
    expect(
      await crew.rows(sql`
        SELECT entry_type, payload FROM journal_entries WHERE entry_type IN (${`${kind}.paused`}, ${`${kind}.unpaused`})
        ORDER BY ts`),
    ).toEqual([
      { entry_type: `${kind}.paused`, payload: { running: 'continue', ended: 0 } },
      { entry_type: `${kind}.unpaused`, payload: { paused_at: paused.paused_at } },
    ]);
  });

  test(`an attempt of a paused ${kind} that has not begun gives its place back`, async () => {
    const url = scopes()[kind];
    const mission = await addMission(crew);
    await crew.owner.act(`${mission.url}/start`);
    await step(api, crew, mission.id);
    const admitted = await runOf(mission.id, 'ADMITTED');
    await crew.owner.act(`${url}/pause`);
    // Its host may have been about to start it.
    await startOne(api, crew, mission.id);
    expect(await beginRun(api.database, address(admitted))).toMatchObject({ kind: 'closed' });
    expect(await crew.rows(sql`SELECT 1 FROM slot_leases WHERE run_id = ${admitted}`)).toEqual([]);
    await step(api, crew, mission.id);
    expect(await statuses(mission.id)).toEqual([
      { status: 'CANCELLED', error_code: 'restarted' },
      { status: 'QUEUED', error_code: null },
    ]);
    await crew.owner.act(`${url}/unpause`);
    await playOut(api, crew, mission.id, DONE);
    expect(await get(mission.url)).toMatchObject({ status: 'REVIEW', task_stats: { completed: 1 } });
  });

  test(`with running: end the attempts of a ${kind} are ended, and run once more afterwards`, async () => {
    const url = scopes()[kind];
    const mission = await addMission(crew);
    await crew.owner.act(`${mission.url}/start`);
    await step(api, crew, mission.id);
    const id = await runOf(mission.id, 'ADMITTED');
    await startOne(api, crew, mission.id);
    expect(await crew.owner.act(`${url}/pause`)).toMatchObject({ ended: 0 });
    expect(await crew.owner.act(`${url}/pause`, { running: 'end' })).toMatchObject({ ended: 1 });
    expect(await beginRun(api.database, address(id))).toMatchObject({ kind: 'execute', cancelRequested: true });
    await settleRunRow(api.database, address(id), { outcome: { kind: 'cancelled' } });
    await step(api, crew, mission.id);
    expect(await statuses(mission.id)).toEqual([
      { status: 'CANCELLED', error_code: 'restarted' },
      { status: 'QUEUED', error_code: null },
    ]);
    await crew.owner.act(`${url}/unpause`);
    await playOut(api, crew, mission.id, DONE);
    expect(await get(mission.url)).toMatchObject({ status: 'REVIEW', task_stats: { completed: 1 } });
  });
}

test('a pause holds who asks for it alone: other crews, agents and workspaces go on', async () => {
  const beside = await addCrew(api);
  await crew.owner.act(`/workspaces/${crew.workspaceId}/pause`);
  const mission = await addMission(beside);
  await beside.owner.act(`${mission.url}/start`);
  await step(api, beside, mission.id);
  expect(await finishOne(api, beside, mission.id, DONE)).toBe(true);
});

test('a turn waits for its agent to go on', async () => {
  await crew.owner.act(`/agents/${crew.lead.id}/pause`);
  const chat = await crew.owner.post<{ session_id: string }>(
    '/chat',
    { message: 'Hello', agent: crew.lead.id, wait_s: 0 },
    202,
  );
  const run = () => crew.rows(sql`SELECT status FROM runs WHERE chat_id = ${chat.session_id}`);
  expect(await run()).toEqual([{ status: 'QUEUED' }]);
  await crew.owner.act(`/agents/${crew.lead.id}/unpause`);
  expect(await run()).toEqual([{ status: 'ADMITTED' }]);
});

test('a manager pauses crews and agents, who manages the workspace all of it; a stranger finds nothing', async () => {
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  for (const kind of ['crew', 'agent'] as const) {
    await manager.act(`${scopes()[kind]}/pause`);
    await manager.act(`${scopes()[kind]}/unpause`);
    await member.post(`${scopes()[kind]}/pause`, undefined, 403);
  }
  await manager.post(`${scopes().workspace}/pause`, undefined, 403);
  const refused = await crew.owner.ask('POST', `${scopes().crew}/pause`, { running: 'kill' });
  expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([400, 'running']);
  const stranger = await api.addOwner();
  expect(outcome(await stranger.ask('POST', `${scopes().crew}/pause`))).toEqual([404, 'not_found']);
});
