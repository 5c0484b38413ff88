import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Route } from '../../api/http/kernel/route.ts';
import { beatHost } from '../support/mission-crew.ts';
import { createForeignRows } from '../support/foreign-rows.ts';
import { fillPath } from '../support/path-rows.ts';
import { startTestApi } from '../support/test-api.ts';
import { connectOwner } from '../support/test-database.ts';
import { perFile } from '../support/world/per-file.ts';

const FIRST = 7;
const LIMIT = 3;
const api = perFile(() => startTestApi());
const database = perFile(() => connectOwner(api.testDatabase));
let world: Awaited<ReturnType<typeof createForeignRows>>;
let operator: Awaited<ReturnType<typeof api.addUser>>;

/** Lists that count by `offset` have a cursor, too. */
const LISTS = (): Route[] =>
  api.routes.filter((route) => {
    const shape = (route.query as z.ZodObject | undefined)?.shape ?? {};
    return route.method === 'GET' && ('offset' in shape || 'page' in shape);
  });

let copies = 0;

/**
 * A copy of a row, made now: what must be unique in it has a number more, and so have its id and what `also` names. The
 * database is asked what that is.
 */
async function copy(table: string, id: string, also: Record<string, unknown> = {}): Promise<void> {
  copies += 1;
  const { rows } = await database.query<{ name: string; type: string }>(
    `SELECT DISTINCT a.attname AS name, format_type(a.atttypid, NULL) AS type
     FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = $1::regclass AND i.indisunique AND NOT EXISTS (SELECT FROM pg_constraint c
       WHERE c.conrelid = i.indrelid AND c.contype = 'f' AND a.attnum = ANY (c.conkey))`,
    [table],
  );
  const values = rows.map(({ name, type }) => {
    if (type === 'text') return `'${name}', CASE WHEN t.${name} IS NOT NULL THEN t.${name} || '-' || ${copies} END`;
    if (type === 'bytea') return `'${name}', sha256('${copies}')`;
    return `'${name}', t.${name} + ${copies}`;
  });
  const columns = await database.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  );
  const names = columns.rows.map(({ name }) => `"${name}"`).join(', ');
  if (names.includes('"created_at"')) values.push(`'created_at', clock_timestamp()`);
  await database.query(
    `INSERT INTO ${table} (${names}) SELECT ${names.replaceAll('"', 'r."').replaceAll(/r\."(\w+)r\."/g, 'r."$1"')}
     FROM ${table} t, jsonb_populate_record(t, jsonb_build_object(${values.join(', ')}) || $2::jsonb) r
     WHERE t.id::text = $1`,
    [id, JSON.stringify(also)],
  );
}

const copyOf = (table: string, id: () => string, also?: () => Record<string, unknown>) => () =>
  copy(table, id(), also?.());
/** Of every agent of the workspace, a new one among them. */
const addStandard = async () => {
  await copy('agents', world.ids.agentId!, { agent_role: 'AGENT' });
  await database.query(
    `INSERT INTO config_documents (workspace_id, kind, key, version, body)
     SELECT workspace_id, 'prompt-standard', id, 1, '{"content": "text", "rules": [], "enabled": true}' FROM agents
     WHERE workspace_id = $1 ON CONFLICT DO NOTHING`,
    [world.workspaceId],
  );
};
const addDelivery = copyOf(
  'deliveries',
  () => world.ids.deliveryId!,
  () => ({ channel: 'email' }),
);
const addMember = () => api.addMember(world.workspaceId, 'VIEWER');

const addInboxItem = () =>
  database.query(
    `INSERT INTO inbox_items (id, workspace_id, type, subject_type, subject_id, audience_role)
     VALUES (gen_random_uuid()::text, $1, 'run.failed', 'run', 'a-run', 'OWNER')`,
    [world.workspaceId],
  );

/** A copy of a row whose state is a job's, with a copy of the job: both have its id. */
const copyWithJob =
  (table: string, id: () => string, newId = () => `${id()}-${copies + 1_000}`) =>
  async () => {
    const also = { id: newId() };
    await copy('jobs', id(), also);
    await copy(table, id(), also);
  };

const addEntry = () =>
  world.owner.post<{ id: string }>('/knowledge', { namespace: 'team', title: `More ${++copies}`, content: 'Words.' });

const addFile = (namespace: string) =>
  world.owner.post('/knowledge/ingest', { namespace, text: `Words, the ${++copies}th.` }, 202);

const issues = () => `/crews/${world.ids.crewId!}/issues`;

/** How one more row gets into each list. */
const ADD: Readonly<Record<string, () => Promise<unknown>>> = {
  listUsers: addMember,
  listAdminUsers: addMember,
  listCapabilities: addMember,
  listTeamUsers: addMember,
  listWorkspaceMembers: addMember,
  listAgents: copyOf(
    'agents',
    () => world.ids.agentId!,
    () => ({ agent_role: 'AGENT' }),
  ),
  listPromptStandards: addStandard,
  listAgentRuns: copyOf('runs', () => world.ids.runId!),
  listRuns: copyOf('runs', () => world.ids.runId!),
  listDeliveries: addDelivery,
  listNotificationDeliveries: addDelivery,
  listApprovals: copyOf('approvals', () => world.ids.approvalId!),
  listCheckpoints: copyOf(
    'checkpoints',
    () => world.ids.checkpointId!,
    () => ({
      id: `chk_${String(copies).padStart(16, '0')}`,
    }),
  ),
  listCredentials: copyOf('credentials', () => world.ids.credentialId!),
  listCredentialBindings: copyOf(
    'credential_bindings',
    () => world.ids.bindingId!,
    () => ({
      scope: 'CREW',
      slot: `KEY_${copies}`,
    }),
  ),
  listCrews: copyOf('crews', () => world.ids.crewId!),
  listCrewEscalations: copyOf('escalations', () => world.ids.escalationId!),
  listApiKeys: copyOf('access_tokens', () => world.ids.keyId!),
  listJobs: copyOf('jobs', () => world.ids.jobId!),
  listKeeperRequests: copyOf('keeper_requests', () => world.ids.requestId!),
  listBudgets: copyOf(
    'budgets',
    () => world.ids.budgetId!,
    () => ({ scope_kind: 'crew', budget_window: 'day' }),
  ),
  listInvitations: copyOf('invitations', () => world.ids.invitationId!),
  listMissions: copyOf('missions', () => world.ids.missionId!),
  listCrewMissions: copyOf('missions', () => world.ids.missionId!),
  listTasks: async () => {
    await copy('tasks', world.ids.taskId!, { task_order: copies });
    await database.query('UPDATE missions SET tasks_pending = tasks_pending + 1 WHERE id = $1', [world.ids.missionId]);
  },
  listProjects: copyOf('projects', () => world.ids.projectId!),
  listAccessRequests: copyOf(
    'project_access_requests',
    () => world.ids.accessRequestId!,
    () => ({
      status: 'cancelled',
      decided_at: new Date().toISOString(),
    }),
  ),
  listFolders: () =>
    database.query(
      `INSERT INTO project_folders (workspace_id, project_id, parent_id, path)
       SELECT workspace_id, project_id, id, $2 FROM project_folders WHERE project_id = $1 AND path = '/'`,
      [world.ids.projectId, `/folder ${++copies}`],
    ),
  listFolderUpdates: copyOf('folder_updates', () => world.ids.folderUpdateId!),
  listScaffoldItems: () =>
    database.query(
      `INSERT INTO scaffold_items (id, workspace_id, project_id, job_id, position, kind, path, title)
       VALUES (gen_random_uuid()::text, $1, $2, $3, $4, 'folder', '/Made', 'Made')`,
      [world.workspaceId, world.ids.projectId, world.ids.jobId, ++copies],
    ),
  listProjectMembers: async () => {
    const { id } = await addMember();
    await database.query(
      `INSERT INTO project_members (workspace_id, project_id, user_id, role) VALUES ($1, $2, $3, 'viewer')`,
      [world.workspaceId, world.ids.projectId, id],
    );
  },
  listCrewMembers: async () => {
    const { id } = await addMember();
    await database.query(
      `INSERT INTO crew_members (id, workspace_id, crew_id, user_id, role)
       SELECT gen_random_uuid()::text, workspace_id, crew_id, $2, role FROM crew_members WHERE crew_id = $1 LIMIT 1`,
      [world.ids.crewId, id],
    );
  },
  listWorkspaces: () => world.owner.post('/workspaces', { name: 'One more', slug: `one-more-${++copies}` }),
  listManagedTasks: () => world.owner.post('/tasks', { title: 'One more' }),
  listReviews: () => world.owner.post('/review/queue', { kind: 'answer', title: 'One more' }),
  listToolConfigs: async () => {
    await database.query('UPDATE users SET home_workspace_id = $1 WHERE id = $2', [world.workspaceId, world.owner.id]);
    await world.owner.post('/workspaces', { name: 'One more', slug: `one-more-${++copies}` });
  },
  listTokenWallets: () => {
    const address = `0x${randomBytes(20).toString('hex')}`;
    const url = `/projects/${world.ids.projectId!}/tokenization/wallets/${address}`;
    return world.owner.put(url, { owner_type: 'external' }, 201);
  },
  listTokenRequests: () =>
    world.owner.post(`/projects/${world.ids.projectId!}/tokenization/token-requests`, {
      type: 'mint',
      amount: '1',
      to_address: world.ids.walletAddress!,
      reason: 'one more',
    }),
  listNamespaces: () =>
    database.query(`INSERT INTO knowledge_namespaces (workspace_id, name, title) VALUES ($1, $2, 'One more')`, [
      world.workspaceId,
      `more-${++copies}`,
    ]),
  listAgentPolicies: async () => {
    const id = `${world.ids.agentId!}-p${copies + 1}`;
    await copy('agents', world.ids.agentId!, { id, agent_role: 'AGENT' });
    const policy = { read: ['team'], write: [], review_required: false, version: 0 };
    await world.owner.put(`/auth/agent-namespace-policies/${id}`, policy);
  },
  listEntries: addEntry,
  listKnowledgeFiles: () => addFile('team'),
  listDocuments: () => addFile(`project.${world.ids.projectId!}`),
  listLinks: async () => {
    const { id } = await addEntry();
    const url = `/knowledge/${world.ids.knowledgeId!}/links`;
    return world.owner.post(url, { to_entry_id: id, relation: 'cites' });
  },
  listGapFindings: copyOf(
    'gap_findings',
    () => world.ids.gapFindingId!,
    () => ({ fingerprint: String(copies).padStart(64, '0') }),
  ),
  listGapReports: copyWithJob('gap_reports', () => world.ids.gapReportId!),
  listTestRuns: copyWithJob('testing_runs', () => world.ids.testRunId!),
  listResearchRuns: copyWithJob('research_runs', () => world.ids.researchRunId!),
  listMeditationRuns: async () => {
    const { items } = await world.owner.get<{ items: { id: string }[] }>('/knowledge/wiki-meditation/runs');
    const body = { namespace: 'team' };
    if (items.length === 0) await world.owner.post('/knowledge/wiki-meditation/trigger', body, 202);
    else await copyWithJob('meditation_runs', () => items.at(-1)!.id)();
  },
  listWikiItems: async () => {
    const { id } = await addEntry();
    await world.owner.act('/knowledge/wiki-governance/actions', { action: 'quarantine', entry_ids: [id] });
  },
  listEvalSuites: copyOf(
    'eval_suites',
    () => world.ids.evalSuiteId!,
    () => ({ name: `Suite ${copies}` }),
  ),
  listEvalSuiteRuns: copyWithJob('eval_suite_runs', () => world.ids.evalSuiteRunId!),
  listValidationLogs: () =>
    database.query(
      `INSERT INTO validation_logs (id, workspace_id, content_sha256, passed, checks, config_version)
       VALUES (gen_random_uuid()::text, $1, repeat('a', 64), true, '[]', 1)`,
      [world.workspaceId],
    ),
  listActivity: copyOf('escalations', () => world.ids.escalationId!),
  listToolCalls: () =>
    database.query(
      `INSERT INTO mcp_tool_calls (id, workspace_id, crew_id, agent_id, mcp_server_id, mcp_server_scope, tool_name,
         status)
       VALUES (gen_random_uuid()::text, $1, $2, $3, 'server', 'crew', 'look', 'success')`,
      [world.workspaceId, world.ids.crewId, world.ids.agentId],
    ),
  listCredentialRotations: () =>
    database.query(
      `INSERT INTO credential_rotations (id, workspace_id, credential_id, grace_seconds, status, expires_at)
       VALUES (gen_random_uuid()::text, $1, $2, 0, 'EXPIRED', now())`,
      [world.workspaceId, world.ids.credentialId],
    ),
  listCrewConnections: async () => {
    const { id } = await world.owner.post<{ id: string }>('/crews', { name: 'One more', slug: `one-more-${++copies}` });
    await world.owner.post('/crew-connections', { from_crew_id: world.ids.crewId, to_crew_id: id });
  },
  listPortExposures: copyOf(
    'port_exposures',
    () => world.ids.exposureId!,
    () => ({ token_hash: `\\x${randomBytes(32).toString('hex')}` }),
  ),
  listIssueActivity: () =>
    world.owner.patch(`${issues()}/${world.ids.issueRef!}`, { description: `changed ${++copies} times` }),
  listIssueRuns: async () => {
    await database.query(
      `UPDATE missions SET issue_id = (SELECT id FROM issues WHERE workspace_id = $1 LIMIT 1)
      WHERE id = $2`,
      [world.workspaceId, world.ids.missionId],
    );
    await copy('runs', world.ids.runId!, { mission_id: world.ids.missionId, status: 'COMPLETED' });
  },
  listEvalRuns: copyWithJob(
    'eval_runs',
    () => world.ids.evalRunId!,
    () => `er_${randomBytes(8).toString('hex')}`,
  ),
  listIssues: () => world.owner.post(issues(), { title: 'One more' }),
  listIssueComments: () => world.owner.post(`${issues()}/${world.ids.issueRef!}/comments`, { body: 'One more' }),
  listIssueAttachments: () =>
    database.query(
      `INSERT INTO issue_attachments (id, workspace_id, issue_id, filename, content_type, size_bytes, sha256, blob_id)
       SELECT gen_random_uuid()::text, workspace_id, issue_id, $2, content_type, size_bytes, sha256, blob_id
       FROM issue_attachments WHERE id = $1`,
      [world.ids.issueAttachmentId, `${++copies}.txt`],
    ),
  listCodeLinks: copyOf(
    'issue_code_links',
    () => world.ids.codeLinkId!,
    () => ({ number: 1 + copies }),
  ),
  listSubIssues: () => world.owner.post(issues(), { title: 'One more', parent_issue_id: world.ids.issueRef }),
  listLabels: () => world.owner.post('/labels', { name: `label ${++copies}`, color: 'red' }),
  listMilestones: () => world.owner.post(`/projects/${world.ids.projectId!}/milestones`, { name: `Beta ${++copies}` }),
  listSkills: () =>
    world.owner.post('/skills', { name: `Skill ${++copies}`, description: 'One more.', content: 'Words.' }),
  listSessions: () => world.owner.post('/sessions', { title: 'One more' }),
  listAgentChats: () => world.owner.post(`/agents/${world.ids.agentId!}/chats`),
  listChatAttachments: copyOf('chat_attachments', () => world.ids.attachmentId!),
  listChatMessages: async () => {
    copies += 1;
    await database.query(
      `INSERT INTO chat_messages (id, workspace_id, chat_id, seq, role, content)
       VALUES (gen_random_uuid()::text, $1, $2, $3, 'user', 'One more')`,
      [world.workspaceId, world.ids.chatId, copies],
    );
  },
  listChatParticipants: async () => {
    const { id } = await addMember();
    await world.owner.post(`/chats/${world.ids.chatId!}/participants`, { user_id: id });
  },
  listShares: () => world.owner.post(`/sessions/${world.ids.sessionId!}/shares`, { link: true }),
  listCrewPolicies: copyOf('crews', () => world.ids.crewId!),
  listTrustGrants: copyOf('trust_grants', () => world.ids.grantId!),
  listNotifications: addInboxItem,
  listAudit: () => world.owner.patch(`/crews/${world.ids.crewId!}`, { description: String(++copies) }),
  listParkedCommands: () =>
    database.query(
      `INSERT INTO outbox (workspace_id, kind, target, payload, parked_at) VALUES ($1, 'wake', 'run', '{}', now())`,
      [world.workspaceId],
    ),
  listInbox: addInboxItem,
  listCachedImages: () =>
    database.query(
      `INSERT INTO cached_images (host_id, config_hash, tag, image_id, size_bytes)
       SELECT 'test-host', h, left(h, 20), 'sha256:' || h, 1
       FROM encode(sha256(gen_random_uuid()::text::bytea), 'hex') h`,
    ),
};

/** Lists that are sorted in several ways by what does not change meanwhile. */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  listManagedTasks: ['', '&sort=priority', '&sort=due_date'],
  listReviews: ['', '&sort=priority', '&sort=due_at'],
  listProjects: ['', '&sort=name'],
  listEntries: ['', '&sort=created'],
};

beforeAll(async () => {
  world = await createForeignRows(api);
  operator = await api.addUser({ operator: true });
  await beatHost(api, 3);
});

const interactive = (route: Route) => route.authority.access !== 'public' && 'interactive' in route.authority;

/** What tells rows of a list apart. */
function nameOf(row: Record<string, unknown>): string {
  return JSON.stringify(
    row.id ??
      row.ID ??
      row.user_id ??
      row.address ??
      row.crew_id ??
      row.agent_id ??
      row.team_id ??
      row.agent_name ??
      row.name ?? [row.host_id, row.tag],
  );
}

test('every list is read by its cursor, each row once, whatever is added meanwhile', async () => {
  const lists = LISTS();
  expect(lists.length).toBeGreaterThan(25);
  const { jwt } = await api.signIn(world.owner.id);
  for (const route of lists) {
    const label = route.operationId;
    expect((route.query as z.ZodObject).shape, label).toHaveProperty('cursor');
    const add = ADD[label];
    if (add === undefined) throw new Error(`${label}: say in ADD how one more row gets into it`);
    const token = route.authority.access === 'operator' ? operator.token : interactive(route) ? jwt : world.owner.token;
    const get = async (path: string) => {
      const answer = await api.call(token, { method: 'GET', url: path });
      expect(answer.statusCode, `${label}: ${answer.body}`).toBe(200);
      const body = answer.json<object>();
      const rows = Array.isArray(body) ? body : Object.values(body).find((member) => Array.isArray(member));
      return { rows: (rows as Record<string, unknown>[]).map(nameOf), headers: answer.headers };
    };
    for (let made = 0; made < FIRST; made += 1) await add();
    const path = fillPath(route.url, world.ids);
    for (const how of ORDERS[label] ?? ['']) {
      const all = (await get(`${path}?limit=100${how}`)).rows;
      expect(all.length, label).toBeGreaterThanOrEqual(FIRST);
      const read: string[] = [];
      let next: string | undefined = `${path}?limit=${LIMIT}${how}`;
      while (next !== undefined) {
        const { rows, headers } = await get(next);
        read.push(...rows);
        expect(Number(headers['x-total-count']), label).toBeGreaterThanOrEqual(all.length);
        next = /<([^>]*)>; rel="next"/.exec(String(headers.link))?.[1];
        if (next !== undefined) expect(next, label).toContain('cursor=');
        if (read.length < all.length) await add();
      }
      expect(new Set(read).size, `${label} shows a row twice`).toBe(read.length);
      expect(
        all.filter((row) => !read.includes(row)),
        `${label} leaves rows out`,
      ).toEqual([]);
    }
    for (const [query, field] of [
      ['cursor=WzFd', 'cursor'],
      ['cursor=nonsense', 'cursor'],
      [`cursor=${Buffer.from('["2026-02-31T00:00:00.1+00:00","x"]').toString('base64url')}`, 'cursor'],
    ] as const) {
      const refused = await api.call(token, { method: 'GET', url: `${path}?${query}` });
      if (refused.statusCode === 200 && query.length > 20) continue;
      expect([label, refused.statusCode, refused.json<{ detail: string }>().detail]).toEqual([
        label,
        400,
        expect.stringContaining(field),
      ]);
    }
  }
}, 60_000);
