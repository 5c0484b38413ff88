import http from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { AGENT_TOOLS } from '../../../sidecar/mcp/agent-tools.ts';
import { createSidecarServer, type SidecarServer } from '../../../sidecar/sidecar-server.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';
import { signedIn } from '../../support/world/signed-in.ts';
import { soon } from '../../support/soon.ts';

let port: number;
let runId: string;
let sidecar: SidecarServer;
const clients: Client[] = [];

const internal = perFile(() => startInternal('mcp'));
beforeEach(() => beatHost(internal.api, 1_000));
const crew = perTest(() => internal.addCrew());
beforeEach(async () => {
  runId = newId();
  await crew.write(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, reported, started_at)
      VALUES (${runId}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'USER', 'RUNNING', true, now())`);
  port = await findFreePort();
  sidecar = await listen();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await sidecar.drain(0);
});

async function listen(): Promise<SidecarServer> {
  const server = createSidecarServer({
    workspace_id: crew.workspaceId,
    crew_id: crew.crewId,
    crew_token: crew.token,
    token_fp: 'abcdef012345',
    api_socket_path: crew.socketPath,
    listen_port: port,
  });
  await server.listen();
  return server;
}

const url = () => new URL(`http://127.0.0.1:${port}/mcp`);

/** A client as agents' tools configure theirs. */
async function connect(headers?: Record<string, string>): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  const own = { 'x-run-token': crew.runToken(runId), 'x-agent-slug': crew.lead.slug, 'x-chat-id': crew.missionId };
  await client.connect(new StreamableHTTPClientTransport(url(), { requestInit: { headers: headers ?? own } }));
  return client;
}

async function call(client: Client, name: string, args: object = {}, options: { onprogress?: () => void } = {}) {
  const result = (await client.callTool({ name, arguments: { ...args } }, undefined, {
    timeout: 60_000,
    ...options,
  })) as CallToolResult;
  const [content] = result.content;
  const text = content?.type === 'text' ? content.text : '';
  const read = () => JSON.parse(text) as Record<string, unknown>;
  return { isError: result.isError === true, text, read, structured: result.structuredContent };
}

async function calls(): Promise<Record<string, unknown>[]> {
  const url = '/api/v1/mcp-tool-calls';
  const listed = await internal.api.call(crew.owner.token, {
    method: 'GET',
    url,
    headers: { 'x-workspace-id': crew.workspaceId },
  });
  return expectStatus<Record<string, unknown>[]>(listed, 200);
}

async function recorded(count: number): Promise<Record<string, unknown>[]> {
  return soon(async () => {
    const rows = await calls();
    expect(rows).toHaveLength(count);
    return rows;
  });
}

async function openEscalation(): Promise<string> {
  return soon(async () => {
    const [row] = await crew.rows<{ id: string }>(
      sql`SELECT id FROM escalations WHERE crew_id = ${crew.crewId} AND status = 'PENDING'`,
    );
    expect(row).toBeDefined();
    return row!.id;
  });
}

async function resolve(id: string, resolution: string): Promise<void> {
  const path = `/api/v1/escalations/${id}/resolve`;
  const answer = await crew.owner.send('PATCH', path, { resolution });
  expectStatus(answer, 200);
  await internal.deliverWakes();
}

test('what a tool takes is what the API’s route of the same path takes', () => {
  for (const { declared, input } of AGENT_TOOLS) {
    const url = `/api/v1/internal${declared.path}`;
    const route = internal.routes.find(
      (one) => one.method === declared.method && one.url.replace(/:[A-Za-z]+/, ':id') === url,
    );
    expect(route, `${declared.method} ${url}`).toBeDefined();
    const taken = declared.method === 'GET' ? route!.query : route!.body;
    const members = taken instanceof z.ZodObject ? Object.keys(taken.shape) : [];
    const given = Object.keys(input.shape).filter((name) => name !== 'id');
    expect(members, declared.name).toEqual(expect.arrayContaining(given));
    if (declared.actorField !== undefined) expect(members, declared.name).toContain(declared.actorField);
  }
});

test('a client lists the tools with schemas, hints and instructions', async () => {
  const client = await connect();
  expect(client.getServerVersion()).toMatchObject({ name: 'crewship' });
  expect(client.getInstructions()).toContain('escalate');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(AGENT_TOOLS.map(({ declared }) => declared.name));
  expect(tools.find(({ name }) => name === 'ask_agent')).toMatchObject({
    inputSchema: { type: 'object', required: ['target_slug', 'question'] },
    annotations: { readOnlyHint: false },
  });
  expect(JSON.stringify(tools)).not.toContain('$schema');
});

test('an agent asks people and has their answer, told on the way that it is still waited for', async () => {
  const client = await connect();
  let progress = 0;
  const asking = call(client, 'escalate', { reason: 'Which way?' }, { onprogress: () => (progress += 1) });
  const id = await openEscalation();
  await soon(() => expect(progress).toBeGreaterThan(0));
  await resolve(id, 'Left');
  const answer = await asking;
  expect(answer.isError).toBe(false);
  expect(answer.structured).toMatchObject({ escalation_id: id, status: 'RESOLVED', resolution: 'Left' });
  expect(answer.read()).toEqual(answer.structured);
  expect((await call(client, 'wait_for_answer', { id })).structured).toMatchObject({ resolution: 'Left' });
  const [row] = await crew.rows(sql`SELECT from_slug, run_id, agent_id FROM escalations WHERE id = ${id}`);
  expect(row).toEqual({ from_slug: crew.lead.slug, run_id: runId, agent_id: crew.lead.id });
});

test('an agent asks to be allowed something, and takes the decision with what was changed', async () => {
  const client = await connect();
  const asking = call(client, 'request_approval', {
    kind: 'tool_call',
    reason: 'The customer waits',
    payload: { tool: 'mail', arguments: { to: 'a' } },
  });
  const { id } = await soon(async () => {
    const [row] = await crew.rows<{ id: string }>(sql`SELECT id FROM approvals WHERE run_id = ${runId}`);
    expect(row).toBeDefined();
    return row!;
  });
  const edits = { arguments: { to: 'b' } };
  await signedIn(internal.api, crew.owner).act(`/approvals/${id}/decide`, { status: 'approved', edits });
  await internal.deliverWakes();
  const answer = await asking;
  expect(answer.isError).toBe(false);
  expect(answer.structured).toMatchObject({ approval_id: id, decision: 'approved', proceed: true, edits });
  const again = await call(client, 'wait_for_approval', { id });
  expect([again.isError, again.text]).toEqual([true, expect.stringContaining('already_consumed')]);
});

test('agents find their crew, plan, keep issues and work with each other by tools', async () => {
  const client = await connect();
  const about = (await call(client, 'describe_crew')).read();
  expect(about).toMatchObject({ agent_id: crew.lead.id, agent_slug: crew.lead.slug });
  expect(JSON.stringify(about.crew_members)).toContain(crew.agents[1]!.slug);
  const issue = (await call(client, 'create_issue', { title: 'Broken', priority: 'high' })).read();
  expect(issue).toMatchObject({ status: 'BACKLOG' });
  const id = issue.identifier as string;
  expect((await call(client, 'update_issue', { id, status: 'IN_PROGRESS', comment: 'Mine' })).read()).toEqual({
    status: 'ok',
  });
  expect((await call(client, 'comment_on_issue', { id, body: 'Done' })).read()).toMatchObject({
    author_type: 'agent',
    author_id: crew.lead.id,
  });
  expect((await call(client, 'get_issue', { id })).read()).toMatchObject({ comment_count: 2, title: 'Broken' });
  const listed = await call(client, 'list_issues', { status: 'IN_PROGRESS', limit: 5 });
  expect(JSON.parse(listed.text)).toMatchObject([{ identifier: id }]);
  const refused = await call(client, 'update_issue', { id, status: 'BACKLOG' });
  expect(refused.isError).toBe(true);
  expect(refused.text).toMatch(/^wrong_state: .*"current_status":"IN_PROGRESS"/);
  const mission = (
    await call(client, 'create_mission', {
      title: 'Planned',
      tasks: [{ title: 'one' }, { title: 'two', depends_on: [0], assigned_agent_id: crew.agents[0]!.id }],
    })
  ).read();
  expect(mission).toMatchObject({ status: 'PLANNING' });
  expect((await call(client, 'start_mission', { id: mission.id })).read()).toMatchObject({ status: 'IN_PROGRESS' });
  expect((await call(client, 'get_mission', { id: mission.id })).read()).toMatchObject({
    mission: { title: 'Planned', status: 'IN_PROGRESS' },
  });
  const target = { target_slug: crew.agents[0]!.slug };
  const made = (await call(client, 'assign_task', { ...target, task: 'Look into it' })).read();
  expect((await call(client, 'get_assignment', { id: made.assignment_id })).read()).toMatchObject({
    assigned_by_id: crew.lead.id,
    task: 'Look into it',
  });
  expect((await call(client, 'get_standup', { since: '2026-01-01T00:00:00+01:00' })).isError).toBe(false);
  expect(JSON.parse((await call(client, 'list_crews')).text)).toHaveLength(1);
  expect(JSON.parse((await call(client, 'list_crew_connections')).text)).toEqual([]);
  expect((await call(client, 'list_crew_messages', { direction: 'all' })).read()).toEqual({ data: [] });
  expect((await call(client, 'send_crew_message', { to_crew_id: newId(), content: 'Hi' })).text).toMatch(/^forbidden/);
  expect((await call(client, 'list_late_answers')).read()).toEqual({ answers: [] });
  expect((await call(client, 'acknowledge_late_answer', { id: newId() })).text).toMatch(/^not_found/);
  expect((await call(client, 'report_confidence', { confidence: 0.5 })).text).toMatch(/^not_found/);
  const asked = await call(client, 'ask_agent', { ...target, question: 'Why?', timeout_seconds: 1 });
  expect(asked.text).toMatch(/^query_failed: no answer in time/);
});

test('every call is recorded with who made it, how it ended and how long it took', async () => {
  const client = await connect();
  await call(client, 'list_crews');
  await call(client, 'get_issue', { id: 'NONE-1' });
  await call(client, 'create_issue', { title: '' });
  await call(client, 'send_crew_message', { to_crew_id: newId(), content: 'Hi' });
  const rows = await recorded(4);
  expect(
    rows
      .map(({ tool_name, status, error_message }) => [tool_name, status, error_message])
      .toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
  ).toEqual([
    ['create_issue', 'error', 'invalid_arguments'],
    ['get_issue', 'error', 'not_found'],
    ['list_crews', 'success', null],
    ['send_crew_message', 'denied', 'forbidden'],
  ]);
  for (const row of rows) {
    expect(row).toMatchObject({ mcp_server_id: 'crewship', mcp_server_scope: 'crew', agent_id: crew.lead.id });
    expect(row.duration_ms).toBeGreaterThanOrEqual(0);
  }
});

test('a call without the token of a run is refused, one with a forged token too, and that is recorded', async () => {
  const anonymous = await connect({});
  expect((await anonymous.listTools()).tools.length).toBe(AGENT_TOOLS.length);
  expect((await call(anonymous, 'list_crews')).text).toMatch(/^run_token_missing: .*CREWSHIP_RUN_TOKEN/);
  const forged = await connect({ 'x-run-token': `${crew.runToken(runId).slice(0, -4)}0000` });
  expect((await call(forged, 'list_crews')).text).toMatch(/^forbidden/);
  const [row] = await recorded(1);
  expect(row).toMatchObject({ tool_name: 'list_crews', status: 'denied', agent_id: crew.lead.id });
});

test('bad arguments and unknown tools never reach the API', async () => {
  const client = await connect();
  const bad: [string, object, RegExp][] = [
    ['create_issue', {}, /title/],
    ['create_issue', { title: 'x'.repeat(501) }, /title/],
    ['get_issue', { id: '../crews' }, /id/],
    ['ask_agent', { target_slug: 'one', question: 'x', timeout_seconds: 1e9 }, /timeout_seconds/],
    ['list_issues', { limit: 0 }, /limit/],
    ['escalate', { reason: 'x', type: 'OTHER' }, /type/],
  ];
  for (const [name, args, named] of bad) {
    const { isError, text } = await call(client, name, args);
    expect(isError, name).toBe(true);
    expect(text).toMatch(/^invalid_arguments/);
    expect(text).toMatch(named);
  }
  await expect(call(client, 'drop_tables')).rejects.toThrow(/no tool is called drop_tables/);
});

test('an agent that goes away ends its question to another one', async () => {
  const client = await connect();
  const asking = call(client, 'ask_agent', { target_slug: crew.agents[0]!.slug, question: 'Why?' });
  asking.catch(() => {});
  const told = () =>
    crew.rows(sql`
        SELECT cancel_requested_at IS NOT NULL AS told FROM runs
        WHERE crew_id = ${crew.crewId} AND trigger_type = 'QUERY'`);
  await soon(async () => expect(await told()).toEqual([{ told: false }]));
  await client.close();
  await soon(async () => expect(await told()).toEqual([{ told: true }]));
  const [row] = await recorded(1);
  expect(row).toMatchObject({ tool_name: 'ask_agent', status: 'timeout' });
});

test('a client goes on with the next sidecar, and a wait that is open gets its answer from the old one', async () => {
  const client = await connect();
  const asking = call(client, 'escalate', { reason: 'Which way?' });
  const id = await openEscalation();
  const next = await listen();
  const drained = sidecar.drain(60_000);
  sidecar = next;
  expect((await call(client, 'list_crews')).isError).toBe(false);
  await resolve(id, 'Left');
  expect((await asking).structured).toMatchObject({ status: 'RESOLVED', resolution: 'Left' });
  await drained;
  // Both calls were recorded, that of the old one before it ended.
  await recorded(2);
});

function raw(options: http.RequestOptions & { body?: string }): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path: '/mcp', agent: false, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () => resolve({ status: response.statusCode!, body }));
    });
    request.once('error', reject);
    request.end(options.body);
  });
}

test('pages are refused, other methods too, and bodies have a bound', async () => {
  const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const accept = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  const ask = (headers: Record<string, string>, body = list) =>
    raw({ method: 'POST', headers: { ...accept, ...headers }, body });
  expect((await ask({})).status).toBe(200);
  expect((await ask({ origin: 'https://example.com' })).status).toBe(403);
  expect((await ask({ origin: `http://127.0.0.1:${port}` })).status).toBe(403);
  expect((await ask({ host: `rebound.example.com:${port}` })).status).toBe(403);
  const page = {
    method: 'POST',
    path: '/issues',
    headers: { origin: 'null', 'content-type': 'text/plain' },
    body: '{}',
  };
  expect(await raw(page)).toMatchObject({ status: 403, body: expect.stringContaining('page_refused') as string });
  expect((await raw({ method: 'GET', headers: accept })).status).toBe(405);
  expect((await raw({ method: 'DELETE', headers: accept })).status).toBe(405);
  expect((await ask({}, '{')).status).toBe(400);
  expect((await ask({ 'mcp-protocol-version': '1999-01-01' })).status).toBe(400);
  expect((await ask({}, 'x'.repeat(4_000_000))).status).toBe(413);
});
