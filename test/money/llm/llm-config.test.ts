import { beforeAll, expect, test } from 'vitest';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { connectOwner } from '../../support/test-database.ts';

const URL = '/api/v1/admin/llm-config';
const api = perFile(() => startTestApi());
const owner = perFile(() => connectOwner(api.testDatabase));
type Member = Awaited<ReturnType<typeof api.addMember>>;
let admin: Member;
let workspaceId: string;
let credentialId: string;

const CLAUDE = { provider: 'anthropic', model: 'claude-sonnet-5' };

beforeAll(async () => {
  workspaceId = await api.addWorkspace();
  admin = await api.addMember(workspaceId, 'ADMIN');
  const made = await admin.send('POST', '/api/v1/credentials', {
    name: 'Models',
    type: 'API_KEY',
    provider: 'ANTHROPIC',
    value: 'sk-ant-s3cret',
  });
  credentialId = (made.json() as { id: string }).id;
});

const put = (body: object, by = admin) => by.send('PUT', URL, body);

test('a workspace without one says so, writes one, and finds it whole, without any key', async () => {
  expect((await admin.send('GET', URL)).json()).toEqual({
    default: null,
    routes: [],
    embeddings: null,
    version: 0,
    source: 'none',
    updated_at: null,
  });
  const body = {
    default: { ...CLAUDE, credential_id: credentialId },
    routes: [
      { match: { purpose: 'judge' }, provider: 'openai', model: 'gpt-5-mini', fallbacks: [CLAUDE], temperature: 0 },
    ],
    version: 0,
  };
  const written = await put(body);
  expect(written.statusCode, written.body).toBe(200);
  expect(written.json()).toMatchObject({
    default: { ...CLAUDE, credential_id: credentialId, base_url: null },
    routes: [{ match: { purpose: 'judge' }, temperature: 0, max_tokens: null, fallbacks: [CLAUDE] }],
    version: 1,
    source: 'workspace',
  });
  expect((await admin.send('GET', URL)).json()).toEqual(written.json());
  expect(written.body).not.toContain('s3cret');

  const stale = await put(body);
  expect([stale.statusCode, stale.json()]).toMatchObject([409, { code: 'version_conflict', current_version: 1 }]);
  expect((await put({ default: CLAUDE, version: 1 })).json()).toMatchObject({ version: 2, routes: [] });
  const { rows } = await owner.query(
    `SELECT payload FROM journal_entries WHERE workspace_id = $1 AND entry_type = 'config.updated' ORDER BY ts, id`,
    [workspaceId],
  );
  expect(rows).toMatchObject([
    { payload: { kind: 'llm', version: 1, changed_fields: ['default', 'routes'] } },
    { payload: { kind: 'llm', version: 2, changed_fields: ['default', 'routes'] } },
  ]);
});

test('what breaks a rule is refused and names the field', async () => {
  const foreign = await api.addMember(await api.addWorkspace(), 'ADMIN');
  const other = await foreign.send('POST', '/api/v1/credentials', { name: 'K', type: 'API_KEY', value: 'sk-other' });
  const otherId = (other.json() as { id: string }).id;
  const server = { provider: 'openai_compatible', model: 'm', base_url: 'http://models.example/v1' };
  for (const [body, path] of [
    [{ default: { provider: 'anthropic', model: 'claude-unheard-of' } }, 'default.model'],
    [{ default: { ...CLAUDE, credential_id: otherId } }, 'default.credential_id'],
    [{ default: { ...CLAUDE, credential_id: 'missing' } }, 'default.credential_id'],
    [{ default: { ...CLAUDE, base_url: 'http://models.example' } }, 'default.base_url'],
    [{ default: { provider: 'openai_compatible', model: 'm' } }, 'default.base_url'],
    [{ default: { ...server, base_url: 'file:///etc/passwd' } }, 'default.base_url'],
    [{ default: { ...server, base_url: 'http://user:word@models.example/' } }, 'default.base_url'],
    [{ default: { ...server, base_url: 'no url' } }, 'default.base_url'],
    [{ default: CLAUDE, embeddings: CLAUDE }, 'embeddings.provider'],
    [{ default: CLAUDE, routes: [{ ...CLAUDE, match: {}, temperature: 3 }] }, 'routes.0.temperature'],
    [
      { default: CLAUDE, routes: [{ ...CLAUDE, match: {}, fallbacks: [{ ...CLAUDE, model: 'x' }] }] },
      'routes.0.fallbacks.0.model',
    ],
  ] as const) {
    const answer = await put({ ...body, version: 2 });
    expect(answer.statusCode, `${path} ${answer.body}`).toBe(400);
    expect((answer.json() as { errors: { path: string }[] }).errors.map((error) => error.path)).toContain(path);
  }
  expect((await put({ default: server, version: 2 })).statusCode).toBe(200);
});

test('only those who manage the workspace read and write it', async () => {
  for (const role of ['MANAGER', 'MEMBER', 'VIEWER'] as const) {
    const member = await api.addMember(workspaceId, role);
    expect((await member.send('GET', URL)).statusCode, role).toBe(403);
    expect((await put({ default: CLAUDE, version: 3 }, member)).statusCode, role).toBe(403);
  }
});

test('the catalog is the rate card, by provider and name, with its prices and where they are from', async () => {
  const get = async (query: string) =>
    (await admin.send('GET', `${URL}/catalog${query}`)).json<{
      models: { provider: string; model: string; prices: Record<string, string>; source: string }[];
    }>().models;
  const all = await get('');
  expect(all.length).toBeGreaterThan(5);
  expect(all.map(({ provider, model }) => `${provider}/${model}`)).toEqual(
    all.map(({ provider, model }) => `${provider}/${model}`).toSorted(),
  );
  const own = await get('?provider=OpenAI');
  expect(new Set(own.map(({ provider }) => provider))).toEqual(new Set(['openai']));
  expect(own.find(({ model }) => model === 'gpt-5')).toMatchObject({
    prices: { input: '4', output: '24', cached_input: '0.4', cache_creation: '4' },
    source: expect.stringMatching(/\(\d{4}-\d\d-\d\d\)$/),
  });
  expect(await get('?provider=nobody')).toEqual([]);
  expect((await (await api.addMember(workspaceId, 'MEMBER')).send('GET', `${URL}/catalog`)).statusCode).toBe(403);
});

test('parts that call models say which, whose key is missing, and which have none', async () => {
  const stranger = await api.addOwner();
  const status = async (by: Pick<Member, 'send'> = admin) => {
    const { subsystems } = (await by.send('GET', '/api/v1/system/aux-status')).json<{ subsystems: object[] }>();
    return subsystems;
  };
  expect(await status(stranger)).toMatchObject([
    { id: 'keeper', source: 'unconfigured', provider: null, healthy: false, reachable: null },
    { id: 'embeddings', source: 'unconfigured', healthy: false },
  ]);
  const { version } = (await admin.send('GET', URL)).json<{ version: number }>();
  const body = {
    default: { ...CLAUDE, credential_id: credentialId },
    routes: [{ match: { purpose: 'keeper' }, provider: 'openai', model: 'gpt-5-mini' }],
    version,
  };
  expect((await put({ ...body, routes: [] })).statusCode).toBe(200);
  expect(await status()).toMatchObject([
    { source: 'fallback', model: 'claude-sonnet-5', healthy: true, detail: '' },
    {},
  ]);
  expect((await put({ ...body, version: version + 1 })).statusCode).toBe(200);
  const keyless = { source: 'explicit', model: 'gpt-5-mini', healthy: false, timeout_ms: 20_000 };
  expect(await status()).toMatchObject([{ ...keyless, detail: 'neither it nor the instance has a key' }, {}]);
  expect((await put({ ...body, routes: [], version: version + 2 })).statusCode).toBe(200);
  await admin.send('DELETE', `/api/v1/credentials/${credentialId}`);
  expect(await status()).toMatchObject([{ healthy: false, detail: 'its credential does not work' }, {}]);
  const member = await api.addMember(workspaceId, 'MANAGER');
  expect((await member.send('GET', '/api/v1/system/aux-status')).statusCode).toBe(403);
});
