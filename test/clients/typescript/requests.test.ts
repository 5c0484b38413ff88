import { expect, test } from 'vitest';
import {
  createCrewship,
  type CrewshipOptions,
  CrewshipProblem,
  CrewshipUnreachable,
} from '../../../clients/typescript/src/index.ts';
import { claimIdempotencyKey } from '../../../db/instance/idempotency/idempotency-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { listen, startListeningApi } from '../../http/streams/live-journal.ts';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

const api = perFile(() => startListeningApi({}));
const owner = perFile(() => api.addOwner());

const clientOf = (options: Partial<CrewshipOptions> = {}) =>
  createCrewship({
    baseUrl: `http://127.0.0.1:${api.port}`,
    token: owner.token,
    workspaceId: owner.workspaceId,
    ...options,
  });
const crewsNamed = (slug: string) =>
  api.database.reads.any([owner.workspaceId], sql`SELECT id FROM crews WHERE slug LIKE ${slug}`);

async function allOf<Value>(list: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for await (const value of list) values.push(value);
  return values;
}

async function refusalOf(request: Promise<unknown>): Promise<CrewshipProblem> {
  const refusal = await request.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(CrewshipProblem);
  return refusal as CrewshipProblem;
}

test('requests take and give what the operation says, and the types know it', async () => {
  const crewship = clientOf();
  const crew = await crewship.request('POST /api/v1/crews', { body: { name: 'Typed', slug: 'typed' } });
  const { id } = crew satisfies { readonly id: string; readonly allowed_domains: readonly string[] };
  const read = await crewship.request('GET /api/v1/crews/{crewId}', { params: { crewId: 'typed' } });
  expect(read).toEqual(await owner.get(`/crews/${id}`));
  const { status, headers, body, replayed } = await crewship.exchange('DELETE /api/v1/crews/{crewId}', {
    params: { crewId: id },
  });
  expect({ status, body, replayed }).toEqual({ status: 204, body: undefined, replayed: false });
  expect(headers.get('x-request-id')).toMatch(/./);
  // @ts-expect-error: the operation needs its crew.
  await expect(crewship.request('GET /api/v1/crews/{crewId}')).rejects.toThrow('needs params.crewId');
  // @ts-expect-error: there is no such operation.
  await refusalOf(crewship.request('GET /api/v1/ships'));
  // @ts-expect-error: a stream is followed, not requested.
  crewship.request satisfies (operation: 'GET /api/v1/journal/stream') => unknown;
});

test('a refusal is an error with what the problem document says', async () => {
  const crewship = clientOf();
  const crewId = (await crewship.request('POST /api/v1/crews', { body: { name: 'Refused', slug: 'refused' } })).id;
  const missing = await refusalOf(
    crewship.request('GET /api/v1/crews/{crewId}', { params: { crewId: 'no/such?crew' } }),
  );
  expect(missing).toMatchObject({ status: 404, code: 'not_found', currentStatus: undefined, fields: [] });
  expect(missing.message).toContain(`GET /api/v1/crews/{crewId} answered 404 not_found`);
  expect(missing.message).toContain(missing.requestId);
  const wrong = await refusalOf(crewship.request('POST /api/v1/crews', { body: { name: '', slug: 'No' } }));
  expect([wrong.status, wrong.code]).toEqual([400, 'invalid_request']);
  expect(new Set(wrong.fields.map(({ path }) => path))).toEqual(new Set(['name', 'slug']));
  const lead = await crewship.request('POST /api/v1/agents', {
    body: {
      name: 'Lead',
      slug: 'lead',
      crew_id: crewId,
      agent_role: 'LEAD',
      cli_adapter: 'COMMAND',
      command: ['true'],
    },
  });
  const mission = await crewship.request('POST /api/v1/crews/{crewId}/missions', {
    params: { crewId },
    body: { title: 'Mission', lead_agent_id: lead.id },
  });
  const params = { crewId, missionId: mission.id };
  const early = await refusalOf(crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/pause', { params }));
  expect(early).toMatchObject({ status: 409, code: 'wrong_state', currentStatus: 'PLANNING' });
  const nobody = await refusalOf(clientOf({ token: 'crewship_cli_wrong' }).request('GET /api/v1/crews'));
  expect(nobody).toMatchObject({ status: 401, code: 'unauthenticated' });
  // An optional body may be left out, and so may the whole argument where nothing is needed.
  await crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/cancel', { params });
  await crewship.request('GET /api/v1/crews');
});

test('a token may be asked for before each request, and the workspace is that of the client', async () => {
  const other = await api.addWorkspace();
  await api.joinWorkspace(other, owner.id, 'OWNER');
  let asked = 0;
  const token = async () => {
    asked += 1;
    return owner.token;
  };
  const there = clientOf({ token, workspaceId: other });
  await there.request('POST /api/v1/crews', { body: { name: 'There', slug: 'there' } });
  const slugs = (await there.request('GET /api/v1/crews')).map(({ slug }) => slug);
  expect([slugs, asked]).toEqual([['there'], 2]);
  expect(() => clientOf({ apiKey: 'crewos_a_b' })).toThrow('one of token, apiKey and cookie');
});

test('a write whose answer is lost is sent again under its key and happens once', async () => {
  let sent = 0;
  const losesFirst: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    sent += 1;
    if (sent === 1) throw new TypeError('fetch failed', { cause: new Error('the connection broke') });
    return response;
  };
  const crewship = clientOf({ fetch: losesFirst });
  const { replayed, body } = await crewship.exchange('POST /api/v1/crews', { body: { name: 'Once', slug: 'once' } });
  expect([replayed, sent, body.slug, await crewsNamed('once')]).toEqual([true, 2, 'once', [{ id: body.id }]]);
});

test('while the first write with a key is under way the client waits for it', async () => {
  const claim = {
    principalId: owner.id,
    workspaceId: owner.workspaceId,
    key: 'held',
    requestHash: Buffer.alloc(32),
  };
  const { promise: refused, resolve: tellRefused } = Promise.withResolvers<void>();
  const watching: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    if (response.status === 409) tellRefused();
    return response;
  };
  const { promise: written, resolve: tellWritten } = Promise.withResolvers<{ slug: string }>();
  const held = api.database.transaction({ workspaceIds: [owner.workspaceId] }, async (tx) => {
    await claimIdempotencyKey(tx, claim);
    const body = { name: 'Held', slug: 'held' };
    clientOf({ fetch: watching })
      .request('POST /api/v1/crews', { body, idempotencyKey: 'held' })
      .then(tellWritten, () => {});
    await refused;
    throw new Error('it died');
  });
  await expect(held).rejects.toThrow('it died');
  expect((await written).slug).toBe('held');
});

test('many programs that send one write under one key have one answer', async () => {
  const body = { name: 'Shared', slug: 'shared' };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => clientOf().exchange('POST /api/v1/crews', { body, idempotencyKey: 'shared' })),
  );
  expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
});

test('a request that nobody answers is repeated for its time and no longer, one that is refused never', async () => {
  const nowhere = { baseUrl: `http://127.0.0.1:${await findFreePort()}`, repeatForMs: 700 };
  const since = performance.now();
  const failure: unknown = await clientOf(nowhere)
    .request('POST /api/v1/crews', { body: { name: 'Nowhere', slug: 'nowhere' } })
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CrewshipUnreachable);
  expect((failure as CrewshipUnreachable).idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  expect((failure as CrewshipUnreachable).message).toContain('ECONNREFUSED');
  expect(performance.now() - since).toBeLessThan(2_000);
  let sent = 0;
  const counted: typeof fetch = (...request) => {
    sent += 1;
    return fetch(...request);
  };
  await refusalOf(clientOf({ fetch: counted }).request('GET /api/v1/runs/{runId}', { params: { runId: 'missing' } }));
  expect(sent).toBe(1);
  // Who calls without a credential has no keys: nobody can tell whether such a write has happened.
  sent = 0;
  const lost: typeof fetch = () => {
    sent += 1;
    return Promise.reject(new TypeError('fetch failed'));
  };
  const stranger = createCrewship({ baseUrl: nowhere.baseUrl, fetch: lost });
  const admin = { full_name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' };
  await expect(stranger.request('POST /api/v1/bootstrap', { body: admin })).rejects.toThrow(CrewshipUnreachable);
  expect(sent).toBe(1);
});

test('an API that sends everybody away is asked again when it says, and a silent one is given up', async () => {
  let seen = 0;
  const door = await serve((_request, response) => {
    seen += 1;
    if (seen === 1) return void response.writeHead(429, { 'retry-after': '0' }).end();
    if (seen === 2) return void response.writeHead(503, { 'content-type': 'text/plain' }).end('starting');
    if (seen === 3) return;
    if (seen === 4) return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
    response.writeHead(429, { 'retry-after': '60' }).end();
  });
  const crewship = createCrewship({ baseUrl: door.url, timeoutMs: 200 });
  expect(await crewship.request('GET /api/health')).toEqual({ status: 'ok' });
  expect(seen).toBe(4);
  // A minute is longer than the client would repeat anything.
  expect(await refusalOf(crewship.request('GET /api/health'))).toMatchObject({ retryAfterMs: 60_000, code: '' });
  await door.close();
});

test('a signal ends a request with its reason, also between two tries', async () => {
  const crewship = clientOf({ baseUrl: `http://127.0.0.1:${await findFreePort()}` });
  const reason = new Error('enough');
  const stopping = new AbortController();
  const request = crewship.request('GET /api/v1/crews', { signal: stopping.signal });
  stopping.abort(reason);
  await expect(request).rejects.toBe(reason);
  await expect(crewship.request('GET /api/v1/crews', { signal: stopping.signal })).rejects.toBe(reason);
});

test('lists are read to their end, whatever the form of their pages', async () => {
  const { token, workspaceId } = await api.addOwner();
  const crewship = clientOf({ token, workspaceId });
  for (const slug of ['one', 'two', 'three', 'four', 'five']) {
    await crewship.request('POST /api/v1/crews', { body: { name: slug, slug } });
  }
  const crews = await allOf(crewship.list('GET /api/v1/crews', { query: { limit: 2 } }));
  expect(crews.map(({ slug }) => slug)).toEqual(['five', 'four', 'three', 'two', 'one']);
  const whole = await crewship.request('GET /api/v1/journal', { query: { limit: 500 } });
  const entries = await allOf(crewship.list('GET /api/v1/journal', { query: { limit: 2 } }));
  expect(entries).toEqual(whole.entries);
  expect(entries.length).toBeGreaterThanOrEqual(5);
  expect(await allOf(crewship.list('GET /api/v1/runs', { query: { limit: 1 } }))).toEqual([]);
  // What nobody goes on to read is not asked for.
  for await (const crew of crewship.list('GET /api/v1/crews', { query: { limit: 1 } })) {
    expect(crew.slug).toBe('five');
    break;
  }
});

test('a second process over the same rows has the answer of the first', async () => {
  const second = await startTestApi({ over: api.testDatabase });
  const there = clientOf({ baseUrl: `http://127.0.0.1:${await listen(second)}` });
  const body = { name: 'Two processes', slug: 'two-processes' };
  const first = await clientOf().request('POST /api/v1/crews', { body, idempotencyKey: 'two-processes' });
  const again = await there.exchange('POST /api/v1/crews', { body, idempotencyKey: 'two-processes' });
  expect([again.replayed, again.body]).toEqual([true, first]);
  await second.close();
});
