import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

interface Made {
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly agent_id: string;
  readonly credential_id: string;
}

const BODY = {
  crew_name: 'First Crew',
  agent_name: 'Ada',
  credential_name: 'My key',
  credential_value: 'sk-ant-a-key-that-is-secret',
};

const api = perFile(() => startTestApi());
const login = perFile(() => connectOwner(api.testDatabase));
let person: TestUser;
beforeEach(async () => {
  person = await api.addUser();
});

const status = async () => (await person.get<{ completed: boolean }>('/onboarding/status')).completed;
const TABLES = ['workspaces', 'memberships', 'crews', 'agents', 'credentials', 'credential_grants', 'slot_scopes'];
async function counts(): Promise<string[]> {
  const found = await Promise.all(
    TABLES.map((table) => login.query<{ count: string }>(`SELECT count(*) FROM ${table}`)),
  );
  return found.map(({ rows }) => rows[0]!.count);
}

test('a person begins with a workspace, a crew, its LEAD and a key that only this agent has', async () => {
  expect(await status()).toBe(false);
  const made = await person.post<Made>('/onboarding/setup', {
    ...BODY,
    workspace_name: 'Mine',
    preferred_language: 'cs',
  });
  expect(await status()).toBe(true);
  expect(await person.get('/workspaces')).toMatchObject([
    { id: made.workspace_id, name: 'Mine', preferred_language: 'cs', currentUserRole: 'OWNER' },
  ]);
  expect(await person.get(`/agents/${made.agent_id}`)).toMatchObject({
    slug: 'ada',
    agent_role: 'LEAD',
    cli_adapter: 'CLAUDE_CODE',
    llm_provider: 'ANTHROPIC',
    crew: { id: made.crew_id, slug: 'first-crew' },
  });
  expect(await person.get(`/credentials/${made.credential_id}`)).toMatchObject({
    type: 'AI_CLI_TOKEN',
    provider: 'ANTHROPIC',
    status: 'ACTIVE',
    crew_ids: [made.crew_id],
    agent_ids: [made.agent_id],
  });
  expect(await everyRow(login)).not.toContain(BODY.credential_value);
  expect(outcome(await person.ask('POST', '/onboarding/setup', BODY))).toEqual([409, 'conflict']);
});

test('who owns a workspace begins in it; of many who begin as one person one does', async () => {
  const { id } = await person.post<{ id: string }>('/workspaces', { name: 'Own', slug: `own-${person.id}` });
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => person.ask<Made>('POST', '/onboarding/setup', { ...BODY, crew_name: 'Crew' })),
  );
  expect(answers.map(({ status: code }) => code).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
  expect(answers.find(({ status: code }) => code === 201)!.body.workspace_id).toBe(id);
});

test('a fault in the middle leaves nothing, and the person begins afterwards', async () => {
  const before = await counts();
  for (const table of ['agents', 'credentials', 'credential_grants', 'journal_entries']) {
    await login.query(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'broken on purpose'; END $$`);
    await login.query(`CREATE TRIGGER broken BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION broken()`);
    expect((await person.ask('POST', '/onboarding/setup', BODY)).status, table).toBe(500);
    await login.query(`DROP TRIGGER broken ON ${table}; DROP FUNCTION broken()`);
    expect(await counts(), table).toEqual(before);
    expect(await status()).toBe(false);
  }
  await person.post('/onboarding/setup', BODY);
});

test('it is completed by saying so, or by an agent in one’s workspace; templates are refused', async () => {
  expect(await person.act('/onboarding/complete')).toEqual({ status: 'completed' });
  await person.act('/onboarding/complete');
  expect(await status()).toBe(true);
  const owner = await api.addOwner();
  await owner.post('/agents', { name: 'Agent', slug: 'agent' });
  expect(await owner.get('/onboarding/status')).toEqual({ completed: true });
  const other = await api.addUser();
  const refused = await other.ask('POST', '/onboarding/setup', { ...BODY, crew_template_slug: 'research' });
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'crew_template_slug' }] } });
  expect((await other.ask('POST', '/onboarding/setup', { ...BODY, cli_adapter: 'COMMAND' })).status).toBe(400);
  const users = await api.database.systemReads.any([], sql`SELECT 1 FROM users WHERE telemetry_opt_in`);
  expect(users).toEqual([]);
});
