import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const internal = perFile(() => startInternal('port-expose'));
const crew = perFile(() => runningCrew());

async function runningCrew(beside?: InternalCrew): Promise<InternalCrew> {
  const made = await internal.addCrew(beside);
  await internal.api.database.transaction({ workspaceIds: [made.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      UPDATE crews SET container_status = 'running', container_id = ${`of-${made.crewId}`} WHERE id = ${made.crewId}`);
  });
  return made;
}

const expose = (as: InternalCrew, body: object, headers: Record<string, string> = {}) =>
  as.call({ path: '/api/v1/internal/port-expose', body, headers });

async function listed(of: InternalCrew, status: string) {
  const url = `/api/v1/crews/${of.crewId}/port-expose?status=${status}`;
  const answer = await of.owner.send('GET', url);
  return expectStatus<{ id: string; port: number; agent_id: string }[]>(answer, 200);
}

test('an address is shown once: repeated, the request names the same port without it', async () => {
  const body = { agent_id: crew.lead.id, port: 8_080, description: 'a preview', ttl_seconds: 60 };
  const first = await expose(crew, body, { 'idempotency-key': 'once' });
  expect(first.status).toBe(201);
  const { id, token, url } = first.body as Record<string, string>;
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(url).toBe(`/exposed/${token}/`);
  const again = await expose(crew, body, { 'idempotency-key': 'once' });
  expect(again.body).toEqual({ id, token: null, url: null, expires_at: first.body.expires_at });
  const rows = await crew.rows<object>(sql`SELECT row_to_json(e)::text AS row FROM port_exposures e UNION ALL
      SELECT row_to_json(k)::text FROM idempotency_keys k UNION ALL
      SELECT row_to_json(j)::text FROM journal_entries j`);
  expect(JSON.stringify(rows)).not.toContain(token);
  expect(await listed(crew, 'active')).toMatchObject([{ id, port: 8_080, agent_id: crew.lead.id }]);
});

test('who asks at once is counted: five an agent, twenty a workspace, over all of its crews', async () => {
  const own = await runningCrew();
  const sibling = await runningCrew(own);
  const outcome = async (of: InternalCrew, agentId: string, count: number) => {
    const ports = Array.from({ length: count }, (_, index) => 4_000 + index);
    const answers = await Promise.all(ports.map((port) => expose(of, { agent_id: agentId, port })));
    return answers.map(({ status, body }) => (status === 201 ? 201 : body.limit)).sort();
  };
  expect(await outcome(own, own.lead.id, 8)).toEqual([201, 201, 201, 201, 201, 5, 5, 5]);
  const agents = [own.agents[0]!.id, sibling.lead.id, sibling.agents[0]!.id];
  for (const [index, agentId] of agents.entries()) {
    expect(await outcome(index === 0 ? own : sibling, agentId, 5)).toEqual([201, 201, 201, 201, 201]);
  }
  const url = `/api/v1/crews/${own.crewId}/port-expose/${(await listed(own, 'active'))[0]!.id}/revoke`;
  const more = { name: 'Another', slug: `another-${own.crewId.slice(-6)}`, crew_id: own.crewId };
  const call = (payload: object, to: string) => own.owner.send('POST', to, payload);
  const { id: another } = expectStatus<{ id: string }>(await call(more, '/api/v1/agents'), 201);
  expect(await outcome(own, another, 2)).toEqual([20, 20]);
  expectStatus(await call({}, url), 200);
  expect(await outcome(own, another, 2)).toEqual([20, 201]);
});

test('of another crew’s agent it is a 404, of a crew without container a 503; a deleted crew has nothing open', async () => {
  const own = await runningCrew();
  expect((await expose(own, { agent_id: crew.lead.id, port: 80 })).status).toBe(404);
  expect((await expose(own, { port: 80 })).status).toBe(400);
  const stopped = await internal.addCrew(own);
  const refused = await expose(stopped, { agent_id: stopped.lead.id, port: 80 });
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
  const { id } = (await expose(own, { agent_id: own.lead.id, port: 80 })).body as Record<string, string>;
  const remove = { method: 'DELETE', url: `/api/v1/crews/${own.crewId}` } as const;
  expectStatus(await internal.api.call(own.owner.token, remove), 204);
  const row = await internal.api.database.reads.maybeOne(
    [own.workspaceId],
    sql`SELECT status, revoke_reason FROM port_exposures WHERE id = ${id!}`,
  );
  expect(row).toEqual({ status: 'revoked', revoke_reason: 'crew deleted' });
});
