import { beforeEach, expect, test } from 'vitest';
import { expireToolUses } from '../../../db/integrations/mcp/expire-tool-uses.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { type InternalAnswer, startInternal } from '../../support/sidecar-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const internal = perFile(() => startInternal('tools'));
beforeEach(() => beatHost(internal.api, 1_000));
const crew = perTest(() => internal.addCrew());
const admin = perTest(() => internal.api.addMember(crew.workspaceId, 'ADMIN'));

interface Tool {
  readonly name: string;
  readonly enabled: boolean;
  readonly approval?: string;
  readonly limits?: object;
}
interface Config {
  readonly team_id: string;
  readonly tools: readonly Tool[];
  readonly version: number;
}
const url = () => `/auth/tool-config/${crew.workspaceId}`;
const put = (tools: readonly Tool[], version = 0) => crew.owner.put<Config>(url(), { tools, version });
const rule = (more: Partial<Tool>): Tool => ({ name: 'create_issue', enabled: true, ...more });

/** An attempt that began under this version of what is said of tools. */
async function addRun(version: number | null): Promise<string> {
  const id = newId();
  const config = version === null ? {} : { 'tool-config': { key: '', version } };
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, triggered_by, config_versions)
    VALUES (${id}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'USER', 'RUNNING', ${crew.owner.id},
      ${sql.jsonb(config)})`);
  return id;
}
const file = (runId: string | null, title: string, key?: string): Promise<InternalAnswer> =>
  crew.call({
    path: '/api/v1/internal/issues',
    body: { title, agent_id: crew.lead.id },
    headers: {
      ...(runId === null ? {} : crew.runHeaders(runId)),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
  });
const wait = (runId: string, id: string) =>
  crew.call({ path: `/api/v1/internal/approvals/${id}/wait`, body: {}, headers: crew.runHeaders(runId) });
const decide = (id: unknown, body: object) =>
  signedIn(internal.api, admin, crew.workspaceId).ask('POST', `/approvals/${String(id)}/decide`, body);
const issues = async () =>
  (await crew.rows(sql`SELECT id FROM issues WHERE workspace_id = ${crew.workspaceId}`)).length;

test('what is said of tools is shown whole, written by version, and for who manages the team', async () => {
  const all = await crew.owner.get<{ items: Config[]; total: number }>('/auth/tool-config');
  expect(all.items).toMatchObject([{ team_id: crew.workspaceId, version: 0 }]);
  expect(all.items[0]!.tools).toContainEqual(rule({ approval: 'none', limits: { per_run: null, per_hour: null } }));
  const saved = await put([rule({ enabled: false })]);
  expect(saved).toMatchObject({ team_id: crew.workspaceId, version: 1, updated_by: crew.owner.id });
  expect(saved.tools).toHaveLength(all.items[0]!.tools.length);
  expect((await crew.owner.get<{ items: Config[] }>('/auth/tool-config')).items[0]).toEqual(saved);
  const stale = await crew.owner.ask('PUT', url(), { tools: [], version: 0 });
  expect([stale.status, stale.body]).toMatchObject([409, { code: 'version_conflict', current_version: 1 }]);

  const bad: [readonly object[], string][] = [
    [[{ name: 'no_such_tool', enabled: true }], 'tools.0.name'],
    [[rule({}), rule({})], 'tools.1.name'],
    [[rule({ name: 'request_approval', approval: 'sync' })], 'tools.0.approval'],
    [[rule({ approval: 'sync' }), rule({ name: 'wait_for_approval', enabled: false })], 'tools.0.approval'],
    [[rule({ limits: { per_run: 0 } })], 'tools.0.limits.per_run'],
  ];
  for (const [tools, path] of bad) {
    const refused = await crew.owner.ask('PUT', url(), { tools, version: 1 });
    expect(refused.status, path).toBe(400);
    expect(JSON.stringify(refused.body)).toContain(path);
  }
  const manager = await internal.api.addMember(crew.workspaceId, 'MANAGER');
  expect((await manager.ask('GET', '/auth/tool-config')).status).toBe(403);
  expect((await manager.ask('PUT', url(), { tools: [], version: 1 })).status).toBe(403);
  const stranger = await internal.addCrew();
  expect((await stranger.owner.ask('PUT', url(), { tools: [], version: 1 })).status).toBe(404);
  expect((await stranger.owner.get<{ items: Config[] }>('/auth/tool-config')).items).toMatchObject([{ version: 0 }]);
  const [entry] = await crew.rows<{ payload: object }>(sql`
    SELECT payload FROM journal_entries WHERE workspace_id = ${crew.workspaceId} AND entry_type = 'config.updated'`);
  expect(entry?.payload).toMatchObject({ kind: 'tool-config', version: 1, changed_fields: ['tools'] });
});

test('what is switched off is off for every run at once, by tool or by hand, and what is switched on for the next', async () => {
  const before = await addRun(null);
  expect((await file(before, 'One')).status).toBe(201);
  await put([rule({ enabled: false })]);
  expect(outcome(await file(before, 'Two'))).toEqual([403, 'forbidden']);
  expect(outcome(await file(null, 'Two'))).toEqual([403, 'forbidden']);
  const during = await addRun(1);
  await put([], 1);
  expect((await file(during, 'Two')).body).toMatchObject({ code: 'forbidden', reason: 'tool_disabled' });
  expect((await file(await addRun(2), 'Two')).status).toBe(201);
  expect(await issues()).toBe(2);
});

test('a limit lets exactly as many calls through, and one that is sent again is one', async () => {
  await put([rule({ limits: { per_run: 3, per_hour: 5 } })]);
  const first = await addRun(1);
  expect(outcome(await file(null, 'Nobody'))).toEqual([403, 'forbidden']);
  const again = await Promise.all(['a', 'a', 'a'].map((key) => file(first, 'One', key)));
  expect(again.filter(({ status }) => status === 201 || status === 409)).toHaveLength(3);
  expect((await file(first, 'One', 'a')).status).toBe(201);
  const many = await Promise.all(Array.from({ length: 6 }, (_, i) => file(first, `Issue ${i}`)));
  expect(many.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429, 429, 429]);
  // The same key for something else is another call.
  expect(outcome(await file(first, 'Other', 'a'))).toEqual([429, 'limit_reached']);
  const second = await addRun(1);
  const others = await Promise.all(Array.from({ length: 3 }, (_, i) => file(second, `Other ${i}`)));
  expect(others.map(({ status }) => status).sort()).toEqual([201, 201, 429]);
  expect(await issues()).toBe(5);

  const uses = () => crew.rows(sql`SELECT 1 FROM tool_uses WHERE workspace_id = ${crew.workspaceId}`);
  const owner = await connectOwner(internal.api.testDatabase);
  await owner.query(`UPDATE tool_uses SET used_at = now() - interval '3 hours'`);
  await owner.end();
  await crew.write(sql`UPDATE runs SET status = 'COMPLETED', finished_at = now() WHERE id = ${first}`);
  await expireToolUses(internal.api.database);
  // Of the attempt that goes on they still count.
  expect(await uses()).toHaveLength(2);
  const third = await addRun(1);
  expect((await file(third, 'Another hour')).status).toBe(201);
});

test('a call that people are asked about is made once they allow it, once, as they allow it', async () => {
  await crew.write(sql`UPDATE crews SET autonomy_level = 'full' WHERE id = ${crew.crewId}`);
  await put([rule({ approval: 'sync' })]);
  const runId = await addRun(1);
  const asked = await file(runId, 'Deploy');
  expect(asked.body).toMatchObject({
    status: 403,
    code: 'approval_required',
    decision: 'pending',
    tool: 'create_issue',
  });
  const id = asked.body.approval_id;
  expect((await file(runId, 'Deploy')).body).toMatchObject({ approval_id: id, decision: 'pending' });
  expect(await admin.get(`/approvals/${String(id)}`)).toMatchObject({
    ...{ Kind: 'tool_call', GateMode: 'sync', Status: 'pending' },
    Payload: { tool: 'create_issue', arguments: { title: 'Deploy' } },
  });
  expect((await decide(id, { status: 'approved' })).status).toBe(200);
  expect((await wait(runId, String(id))).body).toMatchObject({ decision: 'approved', proceed: true });
  // Nothing else than what was allowed, and nobody else than who asked.
  expect((await file(runId, 'Destroy')).body).toMatchObject({ code: 'approval_required' });
  expect((await file(await addRun(1), 'Deploy')).body).toMatchObject({ code: 'approval_required' });
  const both = await Promise.all([file(runId, 'Deploy'), file(runId, 'Deploy')]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 403]);
  const next = (await file(runId, 'Deploy')).body;
  expect(next.approval_id).not.toBe(id);

  await decide(next.approval_id, { status: 'denied', comment: 'No.' });
  expect((await file(runId, 'Deploy')).body).toMatchObject({ approval_id: next.approval_id, decision: 'denied' });
  const changed = (await file(runId, 'Rename it')).body.approval_id;
  const edited = await decide(changed, { status: 'approved', edits: { arguments: { title: 'Renamed' } } });
  expect(edited.status).toBe(200);
  expect((await file(runId, 'Rename it')).body).toMatchObject({ code: 'approval_required' });
  expect((await file(runId, 'Renamed')).status).toBe(201);
  expect(await issues()).toBe(2);
  expect(outcome(await file(null, 'Deploy'))).toEqual([403, 'forbidden']);
});

test('asked beside the call, people hear of it and it goes on, until they say no', async () => {
  await put([rule({ approval: 'async' })]);
  const runId = await addRun(1);
  expect((await file(runId, 'One')).status).toBe(201);
  const [open] = await crew.rows<{ id: string; status: string }>(sql`
    SELECT id, status FROM approvals WHERE crew_id = ${crew.crewId} AND gate_mode = 'async'`);
  expect(open?.status).toBe('pending');
  expect((await file(runId, 'One')).status).toBe(201);
  await decide(open!.id, { status: 'denied', comment: 'No.' });
  expect((await file(runId, 'One')).body).toMatchObject({ code: 'approval_required', decision: 'denied' });
  expect((await file(runId, 'Two')).status).toBe(201);
});

test('a standing permission allows the call', async () => {
  await put([rule({ approval: 'sync' })]);
  const trust = signedIn(internal.api, crew.owner, crew.workspaceId);
  const body = { crew_id: crew.crewId, kind: 'tool_call', tool: 'create_issue', max_uses: 1, expires_in_seconds: 600 };
  await trust.post('/trust-grants', { ...body, reason: 'Known work' }, 201);
  const runId = await addRun(1);
  expect((await file(runId, 'One')).status).toBe(201);
  expect((await file(runId, 'Two')).body).toMatchObject({ code: 'approval_required' });
});
