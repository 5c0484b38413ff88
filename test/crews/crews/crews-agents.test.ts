import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const owner = perTest(() => api.addOwner());

const slotsOf = (id: string) =>
  api.database.systemReads.any([], sql`SELECT kind, capacity FROM slot_scopes WHERE id = ${id}`);
const newAgent = (fields: object) => owner.ask('POST', '/agents', { name: 'Agent', slug: 'agent', ...fields });

test('a crew is created with defaults, and found by id, slug and name', async () => {
  const made = await owner.ask('POST', '/crews', { name: 'Data Team', slug: 'data' });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    container_memory_mb: 8_192,
    container_cpus: 2,
    container_ttl_hours: 4,
    network_mode: 'restricted',
    _count: { agents: 0 },
    warnings: [],
  });
  for (const ref of [made.body.id, 'data', 'data%20TEAM']) {
    expect((await owner.ask('GET', `/crews/${ref}`)).body).toMatchObject({ id: made.body.id });
  }
  expect(await slotsOf(made.body.id)).toEqual([{ kind: 'crew', capacity: 4 }]);
});

test('a name that two crews share is ambiguous; ids and slugs still work', async () => {
  await owner.ask('POST', '/crews', { name: 'Twins', slug: 'one' });
  await owner.ask('POST', '/crews', { name: 'twins', slug: 'two' });
  expect((await owner.ask('GET', '/crews/TWINS')).body).toMatchObject({ status: 409, code: 'ambiguous_reference' });
  expect((await owner.ask('GET', '/crews/two')).body).toMatchObject({ name: 'twins' });
});

test('crews are listed newest first, in slices that say how many there are', async () => {
  for (let index = 0; index < 5; index += 1) await owner.ask('POST', '/crews', { name: 'Crew', slug: `crew-${index}` });
  const page = await owner.ask('GET', '/crews?limit=2&offset=2');
  expect(page.body.map((crew: { slug: string }) => crew.slug)).toEqual(['crew-2', 'crew-1']);
  expect(page.headers['x-total-count']).toBe('5');
  expect(page.headers.link).toMatch(
    /^<\/api\/v1\/crews\?limit=2&cursor=[\w-]+>; rel="next", <\/api\/v1\/crews\?limit=2&offset=0>; rel="prev"$/,
  );
  const mixed = await owner.ask(
    'GET',
    `/crews?offset=2&cursor=${/cursor=([\w-]+)/.exec(String(page.headers.link))![1]}`,
  );
  expect([mixed.status, mixed.body.detail]).toEqual([400, 'offset: is not for pages by cursor']);
  const beyond = await owner.ask('GET', '/crews?offset=50');
  expect([beyond.body, beyond.headers['x-total-count']]).toEqual([[], '5']);
});

test('crew fields are checked, cleared and warned about', async () => {
  const made = await owner.ask('POST', '/crews', {
    name: ' Lab ',
    slug: 'lab',
    description: 'x',
    container_memory_mb: 512,
    container_cpus: 0,
    container_ttl_hours: null,
    allowed_domains: ['https://API.example.com:443/v1', '*.example.com', 'api.example.com'],
    escalation_config: { auto_approve_threshold: 0.9, require_approval_below: 0.4 },
  });
  expect(made.body).toMatchObject({
    name: 'Lab',
    container_memory_mb: 512,
    container_cpus: 2,
    container_ttl_hours: 4,
    allowed_domains: ['api.example.com', '*.example.com'],
  });
  expect(made.body.warnings).toHaveLength(1);
  const opened = await owner.ask('PUT', '/crews/lab', {
    network_mode: 'free',
    description: '',
    max_concurrent_runs: 9,
  });
  expect(opened.body).toMatchObject({ allowed_domains: [], description: null, max_concurrent_runs: 9 });
  expect(opened.body.warnings).toHaveLength(2);
  expect(await slotsOf(made.body.id)).toEqual([{ kind: 'crew', capacity: 9 }]);
  const bad: [object, string][] = [
    [{ container_memory_mb: 5 }, 'container_memory_mb'],
    [{ container_ttl_hours: -1 }, 'container_ttl_hours'],
    [{ allowed_domains: ['fine.com', 'not a host'] }, 'allowed_domains.1'],
    [
      { escalation_config: { auto_approve_threshold: 0.2, require_approval_below: 0.4 } },
      'escalation_config.auto_approve_threshold',
    ],
    [{ slug: 'cm1a2b3c4d5e6f7g8h9i0j1k2' }, 'slug'],
    [{ slug: 'me' }, 'slug'],
    [{ color: 'beige' }, 'color'],
  ];
  for (const [patch, path] of bad) {
    const refused = await owner.ask('PATCH', '/crews/lab', patch);
    expect([refused.status, refused.body.errors?.[0]?.path]).toEqual([400, path]);
  }
});

test('a taken slug is a 409, also when two ask at once, and free again after deletion', async () => {
  const same = () => owner.ask('POST', '/crews', { name: 'Crew', slug: 'crew' });
  const statuses = (await Promise.all([same(), same(), same()])).map((response) => response.status);
  expect(statuses.toSorted()).toEqual([201, 409, 409]);
  expect((await owner.ask('DELETE', '/crews/crew')).status).toBe(204);
  expect((await same()).status).toBe(201);
});

test('deleting a crew deletes its agents and cancels its missions, and keeps their rows', async () => {
  const crew = (await owner.ask('POST', '/crews', { name: 'Crew', slug: 'crew' })).body;
  const lead = (await newAgent({ crew_id: crew.id, agent_role: 'LEAD' })).body;
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, (tx) =>
    tx.execute(sql`
      INSERT INTO missions (id, workspace_id, crew_id, lead_agent_id, trace_id, title, number)
      VALUES (${`m${crew.id}`}, ${owner.workspaceId}, ${crew.id}, ${lead.id}, 'trace', 'Mission', 1000000)`),
  );
  expect((await owner.ask('DELETE', `/crews/${crew.id}`)).status).toBe(204);
  expect((await owner.ask('GET', `/crews/${crew.id}`)).status).toBe(404);
  expect((await owner.ask('GET', `/agents/${lead.id}`)).status).toBe(404);
  const [mission] = await api.database.reads.any<{ status: string }>(
    [owner.workspaceId],
    sql`SELECT status FROM missions WHERE crew_id = ${crew.id}`,
  );
  expect(mission).toEqual({ status: 'CANCELLED' });
  const { entries } = (await owner.ask('GET', `/journal?crew_id=${crew.id}&entry_type=audit.entity_deleted`)).body;
  expect(entries.map((entry: { target_type: string }) => entry.target_type).toSorted()).toEqual(['agent', 'crew']);
});

test('a COMMAND agent needs its command, as a list of words', async () => {
  expect((await newAgent({ cli_adapter: 'COMMAND' })).body.errors).toEqual([
    { path: 'command', message: 'is required for the COMMAND adapter' },
  ]);
  for (const command of ['rm -rf', [], [''], Array.from({ length: 65 }, () => 'x'), ['x'.repeat(5_000)]]) {
    expect((await newAgent({ cli_adapter: 'COMMAND', command })).status).toBe(400);
  }
  expect((await newAgent({ slug: 'grep', cli_adapter: 'COMMAND', command: ['grep', '', 'f'] })).status).toBe(201);
  const made = await newAgent({ cli_adapter: 'COMMAND', command: ['node', 'run.mjs'], max_concurrent_runs: 2 });
  expect(made.body).toMatchObject({ status: 'IDLE', command: ['node', 'run.mjs'], crew_id: null, crew: null });
  expect(await slotsOf(made.body.id)).toEqual([{ kind: 'agent', capacity: 2 }]);
  expect((await owner.ask('PATCH', '/agents/agent', { command: null })).status).toBe(400);
  expect((await owner.ask('PATCH', '/agents/agent', { command: null, cli_adapter: 'OPENCODE' })).status).toBe(200);
});

test('a crew has one LEAD, and a LEAD has a crew', async () => {
  const crew = (await owner.ask('POST', '/crews', { name: 'Crew', slug: 'crew' })).body;
  expect((await newAgent({ agent_role: 'LEAD' })).body.errors[0].path).toBe('crew_id');
  expect((await newAgent({ agent_role: 'LEAD', crew_id: crew.id })).status).toBe(201);
  const second = await newAgent({ slug: 'second', agent_role: 'LEAD', crew_id: crew.id });
  expect([second.status, second.body.code]).toEqual([409, 'conflict']);
  await newAgent({ slug: 'third', crew_id: crew.id });
  expect((await owner.ask('PATCH', '/agents/third', { agent_role: 'LEAD' })).status).toBe(409);
  expect((await owner.ask('PATCH', '/agents/agent', { crew_id: null })).status).toBe(400);
  expect((await owner.ask('GET', '/crews/crew')).body._count).toEqual({ agents: 2 });
});

test('an agent moves between crews of its workspace only, and only without open work', async () => {
  const [from, to] = [
    (await owner.ask('POST', '/crews', { name: 'From', slug: 'from' })).body,
    (await owner.ask('POST', '/crews', { name: 'To', slug: 'to' })).body,
  ];
  const lead = (await newAgent({ crew_id: from.id, agent_role: 'LEAD' })).body;
  expect((await owner.ask('PATCH', '/agents/agent', { crew_id: 'no-such-crew' })).body.errors[0].path).toBe('crew_id');
  expect((await owner.ask('PATCH', '/agents/agent', { crew_id: to.id })).body.crew.slug).toBe('to');
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, (tx) =>
    tx.execute(sql`
      INSERT INTO missions (id, workspace_id, crew_id, lead_agent_id, trace_id, title, number)
      VALUES (${`m${to.id}`}, ${owner.workspaceId}, ${to.id}, ${lead.id}, 'trace', 'Mission', 1000000)`),
  );
  expect((await owner.ask('PATCH', '/agents/agent', { crew_id: from.id })).status).toBe(409);
  expect((await owner.ask('DELETE', '/agents/agent')).status).toBe(409);
});

test('every change is in the journal with its actor and request, and never the value of a prompt or command', async () => {
  await newAgent({ cli_adapter: 'COMMAND', command: ['secret-word'], system_prompt: 'secret-prompt' });
  await api.call(owner.token, {
    method: 'PATCH',
    url: '/api/v1/agents/agent',
    headers: { 'x-request-id': 'change-0001' },
    payload: { system_prompt: 'another-secret', description: 'seen' },
  });
  await owner.ask('DELETE', '/agents/agent');
  const page = await owner.ask('GET', '/journal');
  expect(JSON.stringify(page.body)).not.toContain('secret');
  expect(page.body.entries.map((entry: { entry_type: string }) => entry.entry_type)).toEqual([
    'audit.entity_deleted',
    'audit.entity_updated',
    'audit.entity_created',
  ]);
  expect(page.body.entries[1]).toMatchObject({
    actor_type: 'user',
    actor_id: owner.id,
    target_type: 'agent',
    request_id: 'change-0001',
    payload: { changed_fields: expect.arrayContaining(['description', 'system_prompt']) },
  });
});

test('restart-agents marks what runs and what is about to, and says how many run', async () => {
  const crew = (await owner.ask('POST', '/crews', { name: 'Crew', slug: 'crew' })).body;
  const agent = (await newAgent({ crew_id: crew.id })).body;
  expect((await owner.ask('POST', '/crews/crew/restart-agents')).body).toEqual({ restarted: 0 });
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, async (tx) => {
    const runs = {
      running: 'RUNNING',
      starting: 'ADMITTED',
      reported: 'RUNNING',
      waiting: 'QUEUED',
      over: 'COMPLETED',
    };
    for (const [name, status] of Object.entries(runs)) {
      await tx.execute(sql`
        INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, reported)
        VALUES (${`${crew.id}-${name}`}, ${owner.workspaceId}, ${agent.id}, ${crew.id}, 'MISSION', ${status},
          ${name === 'reported'})`);
    }
  });
  const answer = await owner.ask('POST', `/crews/${crew.id}/restart-agents`);
  expect([answer.status, answer.body]).toEqual([200, { restarted: 1 }]);
  const marked = await api.database.systemReads.any<{ id: string }>(
    [],
    sql`SELECT id FROM runs WHERE crew_id = ${crew.id} AND restart_requested_at IS NOT NULL ORDER BY id`,
  );
  expect(marked.map(({ id }) => id)).toEqual([`${crew.id}-running`, `${crew.id}-starting`]);
  expect((await owner.ask('POST', '/crews/nowhere/restart-agents')).status).toBe(404);
});

test('agents are found by a part of their name or slug', async () => {
  const found = async (q: string) => {
    const { body } = await owner.ask('GET', `/agents?q=${encodeURIComponent(q)}`);
    return (body as { slug: string }[]).map(({ slug }) => slug);
  };
  await owner.post('/agents', { name: 'Log (Nginx) Reader', slug: 'reader-of-logs' });
  expect(await found('nginx')).toEqual(['reader-of-logs']);
  expect(await found('OF-LOG')).toEqual(['reader-of-logs']);
  expect(await found('no such agent')).toEqual([]);
});
