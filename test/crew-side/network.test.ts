import { expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import {
  callInternal,
  type InternalCrew,
  type InternalRequest,
  startInternal,
  TEST_MASTER,
  TEST_PROXY,
} from '../support/sidecar-api.ts';
import { perFile } from '../support/world/per-file.ts';

const ESCALATIONS = '/api/v1/internal/escalations';

const internal = perFile(() => startInternal('network'));
const crew = perFile(() => internal.addCrew());
const sibling = perFile(() => internal.addCrew(crew));
const stranger = perFile(() => internal.addCrew());

function call(request: InternalRequest, localAddress = '127.0.0.1') {
  const { port } = internal.role.networkAddress!;
  return callInternal({ host: '127.0.0.1', port, localAddress }, request);
}

function workspaceToken(of: InternalCrew): string {
  return internal.tokens.issue({ kind: 'workspace', workspaceId: of.workspaceId });
}

/** A question of the crew's lead, as a body that names its scope as it is told to. */
function question(of: InternalCrew, scope: Record<string, unknown> = {}): object {
  return { from_slug: of.lead.slug, reason: 'Which way?', chat_id: of.missionId, ...scope };
}

async function crewOfEscalation(id: unknown): Promise<unknown> {
  return internal.api.database.reads.maybeOne(
    [crew.workspaceId],
    sql`SELECT workspace_id, crew_id FROM escalations WHERE id = ${id as string}`,
  );
}

test('a crew’s token is its crew over the network too, whatever the body says', async () => {
  const opened = await call({ path: ESCALATIONS, token: crew.token, body: question(crew) });
  expect(opened.status).toBe(201);
  expect(await crewOfEscalation(opened.body.escalation_id)).toEqual({
    workspace_id: crew.workspaceId,
    crew_id: crew.crewId,
  });
  for (const scope of [{ crew_id: sibling.crewId }, { workspace_id: stranger.workspaceId }]) {
    const refused = await call({ path: ESCALATIONS, token: crew.token, body: question(crew, scope) });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
  }
});

test('a missing or bad token is a 401', async () => {
  for (const token of [null, 'rubbish', `${crew.token}0`, `${TEST_MASTER}x`]) {
    expect((await call({ path: ESCALATIONS, token, body: question(crew) })).status).toBe(401);
  }
});

test('a workspace’s token acts for the crew that query or body names, one of its workspace', async () => {
  const token = workspaceToken(crew);
  const byBody = await call({ path: ESCALATIONS, token, body: question(crew, { crew_id: crew.crewId }) });
  expect(byBody.status).toBe(201);
  const byQuery = await call({ path: `${ESCALATIONS}?crew_id=${sibling.crewId}`, token, body: question(sibling) });
  expect(byQuery.status).toBe(201);
  expect(await crewOfEscalation(byQuery.body.escalation_id)).toMatchObject({ crew_id: sibling.crewId });

  const unnamed = await call({ path: ESCALATIONS, token, body: question(crew) });
  expect([unnamed.status, unnamed.body.errors]).toEqual([400, [expect.objectContaining({ path: 'crew_id' })]]);
  const refusals = new Set<string>();
  for (const crewId of [stranger.crewId, 'no-such-crew', '..', 'x'.repeat(300)]) {
    const refused = await call({ path: ESCALATIONS, token, body: question(crew, { crew_id: crewId }) });
    refusals.add(JSON.stringify({ ...refused.body, request_id: null }));
    expect(refused.status).toBe(403);
  }
  expect(refusals.size).toBe(1);
  const torn = await call({
    path: `${ESCALATIONS}?crew_id=${crew.crewId}`,
    token,
    body: question(crew, { crew_id: sibling.crewId }),
  });
  expect(torn.status).toBe(403);
  const elsewhere = await call({
    path: `${ESCALATIONS}?crew_id=${crew.crewId}&workspace_id=${stranger.workspaceId}`,
    token,
    body: question(crew),
  });
  expect(elsewhere.status).toBe(403);
});

test('the master acts for any crew, from loopback only', async () => {
  const scope = { workspace_id: stranger.workspaceId, crew_id: stranger.crewId };
  const request = { path: ESCALATIONS, token: TEST_MASTER, body: question(stranger, scope) };
  expect((await call(request)).status).toBe(201);
  const mixed = { ...request, body: question(stranger, { ...scope, workspace_id: crew.workspaceId }) };
  expect((await call(mixed)).status).toBe(403);
  const remote = await call({ ...request, headers: { 'x-forwarded-for': '192.168.1.1' } }, TEST_PROXY);
  expect([remote.status, remote.body.code]).toEqual([403, 'forbidden']);
});

test('a run’s token counts with the crew it belongs to', async () => {
  const run = { kind: 'run', workspaceId: crew.workspaceId, agentId: crew.lead.id, runId: 'run-elsewhere' } as const;
  const headers = { 'x-run-token': internal.tokens.issue({ ...run, crewId: sibling.crewId }) };
  for (const token of [crew.token, workspaceToken(crew), TEST_MASTER]) {
    const body = question(crew, { crew_id: crew.crewId });
    expect((await call({ path: ESCALATIONS, token, headers, body })).status).toBe(403);
  }
});

test('a deleted crew’s token is worth nothing', async () => {
  const gone = await internal.addCrew(crew);
  const url = `/api/v1/crews/${gone.crewId}?workspace_id=${gone.workspaceId}`;
  expect((await gone.owner.send('DELETE', url)).statusCode).toBeLessThan(300);
  const refused = await call({ path: ESCALATIONS, token: gone.token, body: question(gone) });
  expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
});

test('who comes from elsewhere, or from a proxy that names nobody, finds nothing, with whatever token', async () => {
  const nothing = await call({ path: '/api/v1/internal/nothing', token: null });
  const seen = new Set([JSON.stringify({ ...nothing.body, instance: null, request_id: null })]);
  for (const forwarded of ['8.8.8.8', '127.0.0.1, 8.8.8.8', 'unknown', undefined]) {
    for (const token of [null, crew.token, TEST_MASTER]) {
      const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
      const answer = await call({ path: ESCALATIONS, token, headers, body: question(crew) }, TEST_PROXY);
      expect(answer.status).toBe(404);
      seen.add(JSON.stringify({ ...answer.body, instance: null, request_id: null }));
    }
  }
  expect(seen.size).toBe(1);
  const headers = { 'x-forwarded-for': '192.168.1.1' };
  expect((await call({ path: ESCALATIONS, token: crew.token, headers, body: question(crew) }, TEST_PROXY)).status).toBe(
    201,
  );
});
