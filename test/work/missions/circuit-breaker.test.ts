import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { RunReport } from '../../../commands/engine/runs/settle-run.ts';
import type { Agent } from '../../../domain/crews/agents/agent.ts';
import { CIRCUIT_COOL_DOWN_MS } from '../../../domain/crews/agents/circuit.ts';
import type { Mission } from '../../../domain/work/missions/mission.ts';
import { readMission } from '../../support/mission-view.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { BROKEN, DONE, finishOne, step } from './play-mission.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
beforeEach(() => beatHost(api));
const crew = perTest(() => addCrew(api));

const agentUrl = () => `/api/v1/agents/${crew.agents[0]!.id}`;
const circuit = async () => (await crew.owner.get<Agent>(agentUrl())).circuit;
const view = (id: string) => readMission(api.database, crew.workspaceId, id);
const tasksOf = async (id: string) => (await view(id)).tasks.map(({ status, error_code }) => [status, error_code]);

/** A started mission of this many tasks of the first agent, stepped once. */
async function begin(tasks = 1, task: object = {}): Promise<{ id: string; url: string }> {
  const base = `/api/v1/crews/${crew.crewId}/missions`;
  const { id } = await crew.owner.post<Mission>(base, { title: 'M', lead_agent_id: crew.lead.id });
  for (let index = 0; index < tasks; index += 1) {
    const payload = { title: `${index}`, assigned_agent_id: crew.agents[0]!.id, ...task };
    await crew.owner.post(`${base}/${id}/tasks`, payload);
  }
  await crew.owner.act(`${base}/${id}/start`);
  await step(api, crew, id);
  return { id, url: `${base}/${id}` };
}

async function end(report: RunReport): Promise<string> {
  const { id } = await begin();
  expect(await finishOne(api, crew, id, report)).toBe(true);
  return id;
}

async function fail(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await end(BROKEN);
}

async function coolDown(): Promise<void> {
  await crew.write(sql`
      UPDATE agents SET circuit_opened_at = circuit_opened_at - ${CIRCUIT_COOL_DOWN_MS} * interval '1 millisecond'
      WHERE id = ${crew.agents[0]!.id}`);
}

async function entries(): Promise<string[]> {
  const rows = await crew.rows<{ entry: string }>(sql`
      SELECT entry_type || ' ' || (payload->>'reason') AS entry FROM journal_entries
      WHERE agent_id = ${crew.agents[0]!.id} AND entry_type LIKE 'agent.circuit%' ORDER BY ts, id`);
  return rows.map(({ entry }) => entry);
}

async function toldMissions(): Promise<string[]> {
  const rows = await api.database.systemTransaction({}, (tx) =>
    tx.any<{ target: string }>(sql`DELETE FROM outbox WHERE target LIKE 'mission-%' RETURNING target`),
  );
  return rows.map(({ target }) => target);
}

test('the third task in a row that an agent fails opens its circuit, and its next tasks fail at once', async () => {
  await fail(2);
  expect(await circuit()).toMatchObject({ state: 'closed', consecutive_failures: 2, opened_at: null, retry_at: null });
  await fail(1);
  const open = await circuit();
  expect(open).toMatchObject({ state: 'open', consecutive_failures: 3 });
  expect(Date.parse(open.retry_at!) - Date.parse(open.opened_at!)).toBe(CIRCUIT_COOL_DOWN_MS);
  expect(await entries()).toEqual(['agent.circuit_opened failures']);
  const { id } = await begin(2);
  expect(await tasksOf(id)).toEqual([
    ['FAILED', 'circuit_open'],
    ['FAILED', 'circuit_open'],
  ]);
  await step(api, crew, id);
  expect((await view(id)).status).toBe('FAILED');
  expect((await view(id)).runs).toEqual([]);
});

test('a success in between starts the count again; retries, cancellations and attempts that never began do not count', async () => {
  await fail(2);
  await end(DONE);
  expect(await circuit()).toMatchObject({ state: 'closed', consecutive_failures: 0 });
  await fail(2);
  await end({ outcome: { kind: 'cancelled' } });
  await end({ outcome: { kind: 'not_started', code: 'crew_start_failed' } });
  const { id } = await begin(1, { max_iterations: 2 });
  expect(await finishOne(api, crew, id, BROKEN)).toBe(true);
  expect(await circuit()).toMatchObject({ state: 'closed', consecutive_failures: 2 });
  expect(await entries()).toEqual([]);
});

test('after the cool-down one task tries the agent while the others wait; its success lets them go', async () => {
  await fail(3);
  await coolDown();
  expect((await circuit()).state).toBe('half_open');
  const first = await begin(2);
  const second = await begin();
  expect((await view(first.id)).runs).toHaveLength(1);
  expect((await view(second.id)).runs).toEqual([]);
  expect(await tasksOf(second.id)).toEqual([['PENDING', null]]);
  await toldMissions();
  expect(await finishOne(api, crew, first.id, DONE)).toBe(true);
  expect(await circuit()).toMatchObject({ state: 'closed', consecutive_failures: 0 });
  expect(await entries()).toEqual(['agent.circuit_opened failures', 'agent.circuit_closed success']);
  expect((await view(first.id)).runs).toHaveLength(2);
  expect(await toldMissions()).toContain(`mission-${second.id}-1`);
  await step(api, crew, second.id);
  expect((await view(second.id)).runs).toHaveLength(1);
});

test('a trial that fails opens the circuit again for as long, and who waited for it fails', async () => {
  await fail(3);
  await coolDown();
  const trial = await begin();
  const waiting = await begin();
  expect(await finishOne(api, crew, trial.id, BROKEN)).toBe(true);
  expect(await circuit()).toMatchObject({ state: 'open', consecutive_failures: 4 });
  expect(await entries()).toEqual(['agent.circuit_opened failures', 'agent.circuit_opened trial_failed']);
  await step(api, crew, waiting.id);
  expect(await tasksOf(waiting.id)).toEqual([['FAILED', 'circuit_open']]);
});

test('a trial that is cancelled passes the turn on', async () => {
  await fail(3);
  await coolDown();
  const trial = await begin();
  const waiting = await begin();
  await crew.owner.act(`${trial.url}/cancel`);
  await toldMissions();
  await finishOne(api, crew, trial.id, { outcome: { kind: 'cancelled' } });
  expect(await toldMissions()).toContain(`mission-${waiting.id}-1`);
  await step(api, crew, waiting.id);
  expect((await view(waiting.id)).runs).toHaveLength(1);
});

test('of ten missions that come at once after the cool-down one tries the agent', async () => {
  await fail(3);
  const base = `/api/v1/crews/${crew.crewId}/missions`;
  const ids: string[] = [];
  for (let index = 0; index < 10; index += 1) {
    const { id } = await crew.owner.post<Mission>(base, { title: 'M', lead_agent_id: crew.lead.id });
    const payload = { title: 'only', assigned_agent_id: crew.agents[0]!.id };
    await crew.owner.post(`${base}/${id}/tasks`, payload);
    await crew.owner.act(`${base}/${id}/start`);
    ids.push(id);
  }
  await coolDown();
  await Promise.all(ids.map((id) => step(api, crew, id)));
  const runs = (await Promise.all(ids.map(view))).flatMap((mission) => mission.runs);
  expect(runs).toHaveLength(1);
});

test('a reset by hand lets the agent work again at once; others than its workspace’s managers may not', async () => {
  await fail(3);
  const reset = `${agentUrl()}/circuit/reset`;
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  await member.post(reset, undefined, 403);
  const agent = await crew.owner.act<Agent>(reset);
  expect(agent.circuit).toEqual({ state: 'closed', consecutive_failures: 0, opened_at: null, retry_at: null });
  await crew.owner.act(reset);
  expect(await entries()).toEqual(['agent.circuit_opened failures', 'agent.circuit_closed reset']);
  const { id } = await begin();
  expect((await view(id)).runs).toHaveLength(1);
});

test('a lead whose circuit is open plans nothing: the mission fails and says why', async () => {
  await crew.write(
    sql`UPDATE agents SET consecutive_failures = 3, circuit_opened_at = now() WHERE id = ${crew.lead.id}`,
  );
  const { id } = await begin(0);
  await step(api, crew, id);
  const mission = await view(id);
  expect(mission).toMatchObject({ status: 'FAILED', runs: [] });
  expect(mission.failure_reason).toContain('circuit is open');
});
