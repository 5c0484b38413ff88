import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Route } from '../../api/http/kernel/route.ts';
import { parametersOf } from '../../api/http/kernel/route-path.ts';
import { credentialsOf } from '../../api/http/kernel/openapi-security.ts';
import { ROLES, type Role, roleAllows } from '../../domain/kernel/access/authority.ts';
import { createForeignRows } from '../support/foreign-rows.ts';
import { fillPath, wordsOf } from '../support/path-rows.ts';
import { connectOwner } from '../support/test-database.ts';
import { startTestApi, type TestApi, type TestSession, type TestUser } from '../support/test-api.ts';

let api: TestApi;
let workspaceId: string;
let members: Map<Role, TestUser>;
let stranger: TestUser;
let operator: TestUser;
let foreign: { workspaceId: string; ids: Record<string, string> };
/** Ids that no row has: a call that gets past its authority finds nothing and changes nothing. */
let missing: Record<string, string>;

beforeAll(async () => {
  api = await startTestApi();
  workspaceId = await api.addWorkspace();
  members = new Map();
  for (const role of ROLES) members.set(role, await api.addMember(workspaceId, role));
  stranger = await api.addUser();
  operator = await api.addUser({ operator: true });
  await api.joinWorkspace(await api.addWorkspace(), operator.id);
  foreign = await createForeignRows(api);
  missing = Object.fromEntries(Object.keys(foreign.ids).map((name) => [name, `missing-${name.toLowerCase()}`]));
});
afterAll(() => api.close());

function call(route: Route, token: string | null, ids: Record<string, string>, query = '') {
  return api.call(token, {
    method: route.method,
    url: fillPath(route.url, ids) + query,
    ...(route.method === 'GET' ? {} : { payload: {} }),
  });
}

const inWorkspace = () => ({ ...missing, workspaceId });

/** None, and what looks like a credential of each kind. */
const WRONG = [
  null,
  `crewship_cli_${'0'.repeat(64)}`,
  'nonsense',
  'e30.e30.e30',
  `crewos_${'c'.repeat(25)}_${'0'.repeat(64)}`,
];

const isInteractive = ({ authority }: Route) => 'interactive' in authority && authority.interactive === true;

const sessions = new Map<string, Promise<TestSession>>();
const apiKeys = new Map<string, string>();

/** A live session of somebody. */
function sessionOf(userId: string): Promise<TestSession> {
  const session = sessions.get(userId) ?? api.signIn(userId);
  sessions.set(userId, session);
  return session;
}

/** One API key of somebody, in the workspace of these tests; the operator's in one of their own. */
async function apiKeyOf(userId: string): Promise<string> {
  const known = apiKeys.get(userId);
  if (known !== undefined) return known;
  const { jwt } = await api.signIn(userId);
  const payload = { name: 'Key', ...(userId === operator.id ? {} : { workspace_id: workspaceId }) };
  const made = await api.call(jwt, { method: 'POST', url: '/api/v1/auth/api-keys', payload });
  expect(made.statusCode, made.body).toBe(201);
  const { key } = made.json<{ key: string }>();
  apiKeys.set(userId, key);
  return key;
}

/** How a request says who calls, by the name that the document has for it. */
const METHODS: Readonly<Record<string, (user: TestUser) => Record<string, string> | Promise<Record<string, string>>>> =
  {
    cliToken: ({ token }) => ({ authorization: `Bearer ${token}` }),
    accessToken: async ({ id }) => ({ authorization: `Bearer ${(await sessionOf(id)).jwt}` }),
    crewosApiKey: async ({ id }) => ({ 'x-crewos-api-key': await apiKeyOf(id) }),
    sessionCookie: async ({ id }) => ({ cookie: (await sessionOf(id)).access }),
  };

test('every route but the public ones refuses a request without a credential or with a wrong one', async () => {
  for (const route of api.routes.filter(({ authority }) => authority.access !== 'public')) {
    for (const token of WRONG) {
      const response = await call(route, token, inWorkspace());
      expect(response.statusCode, `${route.operationId} ${token}`).toBe(401);
      expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(response.json()).toMatchObject({ code: 'unauthenticated' });
    }
  }
});

test('HEAD is asked for a credential like the GET that it is of', async () => {
  for (const route of api.routes.filter(({ authority, method }) => authority.access !== 'public' && method === 'GET')) {
    const answer = await api.call(null, { method: 'HEAD', url: fillPath(route.url, inWorkspace()) });
    // Streams and what waits have no HEAD.
    expect([401, 404, 405], route.operationId).toContain(answer.statusCode);
  }
});

/** What an answer to somebody of this role has to be, by this method. */
function expectedOf(route: Route, method: string, role: Role): 'in' | { status: 403; code?: string } {
  const { authority } = route;
  const documented = credentialsOf(authority).flatMap((scheme) => Object.keys(scheme));
  if (authority.access === 'member' && !roleAllows(role, authority)) return { status: 403 };
  if (documented.includes(method)) return 'in';
  return { status: 403, code: 'notByKey' in authority ? 'forbidden' : 'interactive_required' };
}

test.each(Object.keys(METHODS))(
  'by %s each role gets into the routes that declare it, if their document names the method, and is a 403 at others',
  async (method) => {
    for (const route of api.routes.filter(({ authority }) => authority.access !== 'public')) {
      const { access } = route.authority;
      await Promise.all(
        ROLES.map(async (role) => {
          // Who is the operator of the instance is no matter of roles.
          if (access === 'operator' && role !== 'OWNER') return;
          const response = await api.call(null, {
            method: route.method,
            url: fillPath(route.url, inWorkspace()),
            headers: await METHODS[method]!(access === 'operator' ? operator : members.get(role)!),
            ...(route.method === 'GET' ? {} : { payload: {} }),
          });
          const label = `${route.operationId} as ${role}: ${response.statusCode} ${response.body}`;
          const expected = expectedOf(route, method, role);
          if (expected === 'in') expect([401, 403], label).not.toContain(response.statusCode);
          else expect(response.json(), label).toMatchObject(expected);
        }),
      );
      // Signing out is among what is asked.
      if (isInteractive(route)) sessions.clear();
    }
  },
);

test('a workspace one is no member of reads like one that does not exist', async () => {
  for (const route of api.routes.filter(({ authority }) => authority.access === 'member')) {
    const answers = [];
    for (const id of [foreign.workspaceId, 'no-such-workspace']) {
      const named = route.url.includes(':workspaceId') ? '' : `?workspace_id=${id}`;
      const response = await call(route, members.get('OWNER')!.token, { ...missing, workspaceId: id }, named);
      expect(response.statusCode, route.operationId).toBe(404);
      answers.push({ ...response.json<object>(), instance: null, request_id: null });
    }
    expect(answers[0]).toEqual(answers[1]);
    const response = await call(route, stranger.token, inWorkspace());
    const { authority } = route;
    const unnamed = authority.access === 'member' && authority.withoutWorkspace !== undefined ? 401 : 400;
    expect([unnamed, 404], route.operationId).toContain(response.statusCode);
  }
});

/** What takes a file says so to who sends JSON, whatever rows there are. */
const wrongKind = ({ isUpload }: Route) => (isUpload === true ? [415] : []);

test('a row of another workspace reads like one that does not exist', async () => {
  for (const route of api.routes) {
    // What belongs to the instance is no workspace's row.
    if (['public', 'operator'].includes(route.authority.access) || !/:(?!workspaceId)/.test(route.url)) continue;
    const answers = [];
    for (const ids of [foreign.ids, missing]) {
      const owner = members.get('OWNER')!;
      const token = isInteractive(route) ? (await api.signIn(owner.id)).jwt : owner.token;
      const response = await call(route, token, { ...ids, workspaceId });
      answers.push({
        status: response.statusCode,
        ...response.json<{ detail?: string }>(),
        instance: null,
        request_id: null,
      });
    }
    expect(answers[0], route.operationId).toEqual(answers[1]);
    // What is the operator's belongs to no workspace.
    const refusals = route.authority.access === 'operator' ? [403] : [400, 404, ...wrongKind(route)];
    expect(refusals, route.operationId).toContain(answers[0]!.status);
    // Another protocol has other words for it.
    if (answers[0]!.status === 404 && route.refusesAs === undefined) {
      expect(wordsOf(route.url).map((word) => `${word} not found`)).toContain(answers[0]!.detail);
    }
  }
});

test('a row that was deleted reads like one that does not exist, to its workspace’s OWNER too', async () => {
  const gone = await createForeignRows(api);
  const softly = await deleteSoftly(gone.workspaceId);
  const named = new Set(Object.keys(gone.ids).filter((parameter) => softly.has(gone.ids[parameter]!)));
  // What a catalog without `deleted_at` would leave out.
  expect([...named]).toEqual(expect.arrayContaining(['crewId', 'agentId', 'credentialId', 'projectId']));
  for (const route of api.routes) {
    const parameters = parametersOf(route.url);
    if (route.authority.access !== 'member' || !parameters.some((parameter) => named.has(parameter))) continue;
    const answers = [];
    for (const ids of [gone.ids, missing]) {
      const token = isInteractive(route) ? (await api.signIn(gone.owner.id)).jwt : gone.owner.token;
      const response = await call(route, token, { ...ids, workspaceId: gone.workspaceId });
      answers.push({ status: response.statusCode, ...response.json<object>(), instance: null, request_id: null });
    }
    expect(answers[0], route.operationId).toEqual(answers[1]);
    expect([400, 404, ...wrongKind(route)], route.operationId).toContain(answers[0]!.status);
  }
});

/** Deletes all of a workspace that is deleted softly; the ids and identifiers of it. */
async function deleteSoftly(inWorkspaceId: string): Promise<Set<string>> {
  const login = await connectOwner(api.testDatabase);
  try {
    const { rows: tables } = await login.query<{ name: string; has_identifier: boolean }>(`
      SELECT c.relname AS name, EXISTS (
        SELECT 1 FROM pg_attribute i WHERE i.attrelid = c.oid AND i.attname = 'identifier') AS has_identifier
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'deleted_at'
        JOIN pg_attribute w ON w.attrelid = c.oid AND w.attname = 'workspace_id'
        JOIN pg_attribute i ON i.attrelid = c.oid AND i.attname = 'id'
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`);
    // What is deleted keeps no secret, say these; here it keeps it.
    const { rows: rules } = await login.query<{ of_table: string; name: string }>(`
      SELECT conrelid::regclass::text AS of_table, quote_ident(conname) AS name FROM pg_constraint
      WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND pg_get_constraintdef(oid) LIKE '%deleted_at%'`);
    for (const { of_table, name } of rules) await login.query(`ALTER TABLE ${of_table} DROP CONSTRAINT ${name}`);
    const deleted = new Set<string>();
    for (const { name, has_identifier } of tables) {
      const { rows } = await login.query<{ id: string; identifier: string | null }>(
        `UPDATE ${name} SET deleted_at = now() WHERE workspace_id = $1 AND deleted_at IS NULL
          RETURNING id, ${has_identifier ? 'identifier' : 'NULL AS identifier'}`,
        [inWorkspaceId],
      );
      for (const { id, identifier } of rows) for (const ref of [id, identifier]) if (ref !== null) deleted.add(ref);
    }
    return deleted;
  } finally {
    await login.close();
  }
}

test('operator routes are for the instance operator, whatever one’s role in a workspace', async () => {
  for (const route of api.routes.filter(({ authority }) => authority.access === 'operator')) {
    expect((await call(route, members.get('OWNER')!.token, inWorkspace())).statusCode).toBe(403);
    expect((await call(route, operator.token, inWorkspace())).statusCode).not.toBe(403);
  }
});

test('a token with scopes reaches only what they cover', async () => {
  const owner = members.get('OWNER')!;
  const made = await api.call(owner.token, {
    method: 'POST',
    url: '/api/v1/auth/cli-token',
    payload: { scopes: ['crews:read'] },
  });
  const { token } = made.json<{ token: string }>();
  for (const route of api.routes) {
    if (route.authority.access !== 'member') continue;
    expect(route.authority.scope, `${route.operationId} declares a scope`).toBeDefined();
    const response = await call(route, token, inWorkspace());
    if (route.authority.scope === 'crews:read') expect(response.statusCode).not.toBe(403);
    else expect(response.statusCode, route.operationId).toBe(403);
  }
  const wider = await api.call(token, { method: 'POST', url: '/api/v1/auth/cli-token', payload: {} });
  expect(wider.statusCode).toBe(403);
});
