import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Escalation } from '../../../domain/people/escalations/escalation.ts';
import { addCrew, addMission, startApiWithHost } from '../../support/mission-crew.ts';
import { askPeople, moveDeadline } from './escalation-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const api = perFile(() => startApiWithHost());
const crew = perFile(() => addCrew(api));
const mission = perFile(() => addMission(crew));

const as = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object, token = crew.owner.token) =>
  api.call(token, { method, url, ...(payload === undefined ? {} : { payload }) });
const resolve = (id: string, payload: object = { resolution: 'Left' }, token = crew.owner.token) =>
  as('PATCH', `/api/v1/escalations/${id}/resolve`, payload, token);
const ask = (reason?: string) => askPeople(api.database, crew, mission.id, reason);

async function read(id: string): Promise<Escalation> {
  const all = await crew.owner.get<Escalation[]>(`/api/v1/crews/${crew.crewId}/escalations?limit=100`);
  return all.find((escalation) => escalation.id === id)!;
}

async function statesOf(id: string): Promise<string[]> {
  const rows = await crew.rows<{ state: string }>(sql`
      SELECT payload->>'state' AS state FROM journal_entries
      WHERE entry_type = 'peer.escalation' AND target_id = ${id} ORDER BY ts, id`);
  return rows.map((row) => row.state);
}

async function wakesOf(id: string): Promise<number> {
  const rows = await api.database.systemReads.any(
    [],
    sql`
    SELECT 1 FROM outbox WHERE kind = 'wake' AND target = ${`escalation:${id}`}`,
  );
  return rows.length;
}

test('the list shows what was asked, newest first, and filters by status', async () => {
  const other = await addCrew(api, crew);
  const mission = await addMission(other);
  const first = await askPeople(api.database, other, mission.id, 'First?');
  const second = await askPeople(api.database, other, mission.id, 'Second?');
  expectStatus(await resolve(first), 200);
  const url = `/api/v1/crews/${other.crewId}/escalations`;
  const response = await crew.owner.send('GET', url);
  const all = expectStatus<Escalation[]>(response, 200);
  expect(all.map((escalation) => escalation.id)).toEqual([second, first]);
  expect(response.headers['x-total-count']).toBe('2');
  expect(all[0]).toMatchObject({
    type: 'TEXT',
    from_name: 'lead',
    from_slug: other.lead.slug,
    reason: 'Second?',
    mission_id: mission.id,
    chat_id: mission.id,
    status: 'PENDING',
    resolution: null,
    agent_gave_up_at: null,
  });
  expect(Date.parse(all[0]!.deadline_at) - Date.parse(all[0]!.created_at)).toBe(300_000);
  expect(Date.parse(all[0]!.answer_deadline_at) - Date.parse(all[0]!.created_at)).toBe(7 * 86_400_000);
  const pending = await crew.owner.get<Escalation[]>(`${url}?status=PENDING`);
  expect(pending.map((escalation) => escalation.id)).toEqual([second]);
  expect(await crew.owner.get(`${url}?status=UNKNOWN`)).toEqual([]);
});

test('an answer is recorded once, wakes who waits, and says that the agent still does', async () => {
  const id = await ask();
  expect(expectStatus(await resolve(id, { resolution: 'Go', action: 'reject' }), 200)).toEqual({
    id,
    status: 'RESOLVED',
    action: 'reject',
    agent_still_waiting: true,
    delivery: { kind: 'waiter' },
  });
  expect(await read(id)).toMatchObject({ status: 'RESOLVED', resolution: 'Go', action: 'reject' });
  expect((await read(id)).resolved_by).toBe(crew.owner.id);
  expect(await wakesOf(id)).toBe(1);
  expect(await statesOf(id)).toEqual(['pending', 'resolved']);
  expect(expectStatus(await resolve(id), 409)).toMatchObject({ code: 'wrong_state', current_status: 'RESOLVED' });
});

test('of many simultaneous answers one wins', async () => {
  const id = await ask();
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => resolve(id, { resolution: `Answer ${n}` })));
  expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
  expect(await wakesOf(id)).toBe(1);
});

test('an answer after the agent’s window counts, and says that nobody waits', async () => {
  const id = await ask();
  await moveDeadline(api.database, crew, id, 'deadline_at', -1);
  const answer = expectStatus<{ agent_still_waiting: boolean; note: string }>(await resolve(id), 200);
  expect(answer.agent_still_waiting).toBe(false);
  expect(answer.note).toContain('no longer waiting');
  expect((await read(id)).status).toBe('RESOLVED');
});

test('an answer after the people’s deadline expires the row and is a 409, also under an Idempotency-Key', async () => {
  for (const headers of [{}, { 'idempotency-key': 'late-answer' }]) {
    const id = await ask();
    await moveDeadline(api.database, crew, id, 'answer_deadline_at', -1);
    const request = {
      method: 'PATCH' as const,
      url: `/api/v1/escalations/${id}/resolve`,
      payload: { resolution: 'Late' },
      headers,
    };
    expect(expectStatus(await api.call(crew.owner.token, request), 409)).toMatchObject({
      code: 'deadline_passed',
      current_status: 'EXPIRED',
    });
    expect(await read(id)).toMatchObject({ status: 'EXPIRED', resolution: null });
    expect(await statesOf(id)).toEqual(['pending', 'expired']);
    expect(await wakesOf(id)).toBe(1);
    expect(expectStatus(await api.call(crew.owner.token, request), 409)).toMatchObject({ current_status: 'EXPIRED' });
  }
});

test('a withdrawn question is closed and wakes who waits', async () => {
  const id = await ask();
  const url = `/api/v1/escalations/${id}/cancel`;
  expect(await crew.owner.act(url, { reason: 'Not needed' })).toEqual({ id, status: 'CANCELLED' });
  expect(await read(id)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'Not needed' });
  expect(await wakesOf(id)).toBe(1);
  expect(await crew.owner.post(url, undefined, 409)).toMatchObject({ current_status: 'CANCELLED' });
  const bare = await ask();
  await crew.owner.act(`/api/v1/escalations/${bare}/cancel`);
});

test('a bad answer names the field', async () => {
  const id = await ask();
  const fieldsOf = async (payload: object) =>
    expectStatus<{ errors: { path: string }[] }>(await resolve(id, payload), 400).errors.map((error) => error.path);
  expect(await fieldsOf({})).toEqual(['resolution']);
  expect(await fieldsOf({ resolution: 'x', action: 'maybe' })).toEqual(['action']);
  expect(await fieldsOf({ resolution: 'x', action: 'redirect' })).toEqual(['redirect_to']);
  expect(await fieldsOf({ resolution: 'x', redirect_to: 'someone' })).toEqual(['redirect_to']);
  expect(await fieldsOf({ resolution: 'x', reolution: 'y' })).toEqual(['reolution']);
  expect((await read(id)).status).toBe('PENDING');
});

test('pending-count counts what can still be answered in this workspace', async () => {
  const stranger = await addCrew(api);
  const count = async () => (await stranger.owner.get<{ count: number }>('/api/v1/escalations/pending-count')).count;
  const mission = await addMission(stranger);
  const first = await askPeople(api.database, stranger, mission.id);
  await askPeople(api.database, stranger, mission.id);
  expect(await count()).toBe(2);
  expectStatus(await resolve(first, undefined, stranger.owner.token), 200);
  expect(await count()).toBe(1);
});

test('another workspace’s and a missing escalation read alike, and a member may not answer', async () => {
  const id = await ask();
  const stranger = await addCrew(api);
  expectStatus(await resolve(id, undefined, stranger.owner.token), 404);
  await stranger.owner.post(`/api/v1/escalations/${id}/cancel`, {}, 404);
  await stranger.owner.get(`/api/v1/crews/${crew.crewId}/escalations`, 404);
  expectStatus(await resolve('missing-escalation'), 404);
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  expectStatus(await resolve(id, undefined, member.token), 403);
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  expectStatus(await resolve(id, undefined, manager.token), 200);
});

test('cancelling a mission withdraws what it still asks', async () => {
  const mission = await addMission(crew);
  const id = await askPeople(api.database, crew, mission.id);
  await crew.owner.patch(mission.url, { status: 'CANCELLED' });
  expect((await read(id)).status).toBe('CANCELLED');
  expect(await wakesOf(id)).toBe(1);
});

test('the public listener knows no internal path', async () => {
  const paths = ['/api/v1/internal/escalations', '/api/v1/internal/escalations/x1/wait', '/api/v1/internal/anything'];
  for (const url of paths) {
    for (const method of ['GET', 'POST'] as const) {
      const answer = await crew.owner.send(method, url, method === 'POST' ? {} : undefined);
      expect(expectStatus<{ code: string }>(answer, 404).code).toBe('not_found');
    }
  }
});

test('what is past its time is expired at once for who does not want to wait, and what is over is deleted', async () => {
  const other = await addCrew(api);
  const asked = await addMission(other);
  const [late, answered, open] = await Promise.all(
    ['Late?', 'Answered?', 'Open?'].map((reason) => askPeople(api.database, other, asked.id, reason)),
  );
  await moveDeadline(api.database, other, late!, 'answer_deadline_at', -1_000);
  const sweep = (who = other.owner) => who.ask('POST', '/escalations/sweep-expired');
  const manager = await api.addMember(other.workspaceId, 'MANAGER');
  expect((await sweep(manager)).status).toBe(403);
  expect((await sweep()).body).toEqual({ expired: 1 });
  expect((await sweep()).body).toEqual({ expired: 0 });
  const states = await other.rows(sql`
    SELECT payload->>'state' AS state, actor_id FROM journal_entries WHERE target_id = ${late!} ORDER BY ts, id`);
  expect(states.at(-1)).toEqual({ state: 'expired', actor_id: other.owner.id });
  await other.owner.patch(`/escalations/${answered!}/resolve`, { resolution: 'Left' });
  const url = `/crews/${other.crewId}/escalations`;
  const purge = (who = other.owner) => who.ask('DELETE', url);
  expect((await purge(manager)).status).toBe(403);
  // What has just ended may still be waited for.
  expect((await purge()).body).toEqual({ deleted: 0 });
  await other.write(sql`UPDATE escalations SET updated_at = now() - interval '1 hour'`);
  // An answer that an attempt may still ask for stays, too.
  await other.write(sql`UPDATE escalations SET delivery = 'next_task' WHERE id = ${answered!}`);
  expect((await purge()).body).toEqual({ deleted: 1 });
  await other.write(sql`UPDATE escalations SET delivery = 'waiter' WHERE id = ${answered!}`);
  expect((await purge()).body).toEqual({ deleted: 1 });
  expect(await other.owner.get<{ id: string }[]>(url)).toMatchObject([{ id: open }]);
  const purged = sql`SELECT payload FROM journal_entries WHERE entry_type = 'peer.escalations_purged' ORDER BY ts`;
  expect(await other.rows(purged)).toEqual([{ payload: { escalations: 1 } }, { payload: { escalations: 1 } }]);
});
