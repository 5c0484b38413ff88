import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Route } from '../../api/http/kernel/route.ts';
import { credentialsOf } from '../../api/http/kernel/openapi-security.ts';
import { ROLES, type Role, roleAllows } from '../../domain/kernel/access/authority.ts';
import { createForeignRows } from '../support/foreign-rows.ts';
import { fillPath, wordsOf } from '../support/path-rows.ts';
import { startTestApi, type TestApi, type TestUser } from '../support/test-api.ts';

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
const WRONG = [null, `crewship_cli_${'0'.repeat(64)}`, 'nonsense', 'e30.e30.e30'];

/** How a request says who calls, by the name that the document has for it. */
const METHODS: Readonly<Record<string, (user: TestUser) => Record<string, string> | Promise<Record<string, string>>>> =
  {
    cliToken: ({ token }) => ({ authorization: `Bearer ${token}` }),
    accessToken: async ({ id }) => ({ authorization: `Bearer ${(await api.signIn(id)).jwt}` }),
    sessionCookie: async ({ id }) => ({ cookie: (await api.signIn(id)).access }),
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

test('every route takes each way to say who calls that its document names, and refuses the others', async () => {
  const owner = members.get('OWNER')!;
  for (const route of api.routes.filter(({ authority }) => authority.access !== 'public')) {
    const { authority } = route;
    const documented = credentialsOf(authority).flatMap((scheme) => Object.keys(scheme));
    for (const [method, headersOf] of Object.entries(METHODS)) {
      const response = await api.call(null, {
        method: route.method,
        url: fillPath(route.url, inWorkspace()),
        headers: await headersOf(authority.access === 'operator' ? operator : owner),
        ...(route.method === 'GET' ? {} : { payload: {} }),
      });
      const label = `${route.operationId} by ${method}: ${response.statusCode}`;
      if (documented.includes(method)) expect([401, 403], label).not.toContain(response.statusCode);
      else expect(response.json(), label).toMatchObject({ status: 403, code: 'interactive_required' });
    }
  }
});

test('every member route lets in the roles it declares and refuses the others with 403', async () => {
  for (const route of api.routes) {
    if (route.authority.access !== 'member') continue;
    for (const role of ROLES) {
      const response = await call(route, members.get(role)!.token, inWorkspace());
      const label = `${route.operationId} as ${role}: ${response.body}`;
      if (roleAllows(role, route.authority)) expect([401, 403], label).not.toContain(response.statusCode);
      else expect(response.statusCode, label).toBe(403);
    }
  }
});

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
    expect([400, 404], route.operationId).toContain(response.statusCode);
  }
});

test('a row of another workspace reads like one that does not exist', async () => {
  for (const route of api.routes) {
    // What belongs to the instance is no workspace's row.
    if (['public', 'operator'].includes(route.authority.access) || !/:(?!workspaceId)/.test(route.url)) continue;
    const answers = [];
    for (const ids of [foreign.ids, missing]) {
      const response = await call(route, members.get('OWNER')!.token, { ...ids, workspaceId });
      answers.push({
        status: response.statusCode,
        ...response.json<{ detail?: string }>(),
        instance: null,
        request_id: null,
      });
    }
    expect(answers[0], route.operationId).toEqual(answers[1]);
    // What is the operator's belongs to no workspace.
    const refusals = route.authority.access === 'operator' ? [403] : [400, 404];
    expect(refusals, route.operationId).toContain(answers[0]!.status);
    if (answers[0]!.status === 404) {
      expect(wordsOf(route.url).map((word) => `${word} not found`)).toContain(answers[0]!.detail);
    }
  }
});

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
