import { expect, test } from 'vitest';
import { cancelJob } from '../../../commands/engine/jobs/cancel-job.ts';
import { advanceJob, finishJobStep } from '../../../commands/engine/jobs/advance-job.ts';
import { storeJobResult } from '../../../commands/engine/jobs/job-work.ts';
import { expireJobEvents } from '../../../commands/engine/jobs/expire-job-events.ts';
import { MAX_LIVE_JOBS } from '../../../commands/engine/jobs/request-job.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { JobEventView, JobView } from '../../../domain/work/jobs/job.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';
import { rehearsalJob } from './rehearsal-kind.ts';
import { rehearsals } from './rehearsal-world.ts';

type List = { items: JobView[]; total: number; limit: number; offset: number };

const api = perFile(() => startTestApi({ jobKinds: rehearsals }));
/** Another API process of the same instance. */
const other = perFile(() => startTestApi({ over: api.testDatabase, jobKinds: rehearsals }));
const database = perFile(() => connectOwner(api.testDatabase));
const owner = perFile(() => api.addOwner());

const asked = { kind: rehearsalJob.name, input: { dir: '/tmp' } };
const addressOf = (id: string, generation = 1) => ({ workspaceId: owner.workspaceId, id, generation });
const start = (by: Pick<TestUser, 'post'> = owner, body: object = {}) =>
  by.post<JobView>('/agent-jobs', { ...asked, ...body }, 202);
const advance = (id: string) => advanceJob(api.database, rehearsals, addressOf(id));
const finish = (id: string, step: string, as: 'done' | 'again' | 'wait' = 'done', over = api) =>
  finishJobStep(over.database, rehearsals, addressOf(id), step, as);

/** Plays a job's workflow until the job is in this state. */
async function bring(id: string, to: JobStatus): Promise<void> {
  if (to === 'queued') return;
  await advance(id);
  if (to === 'running') return;
  if (to === 'waiting') return finish(id, 'prepare', 'wait');
  if (to === 'cancelling' || to === 'cancelled') {
    await owner.post(`/agent-jobs/${id}/cancel`, {}, 202);
    return;
  }
  for (const step of ['prepare', 'work', 'approve']) await finish(id, step);
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, (tx) =>
    storeJobResult(tx, addressOf(id), rehearsals.find(rehearsalJob.name)!, { batches: 1 }),
  );
  await finish(id, 'publish');
}

test('a job that is started is there, with its input judged by its kind and its command on its way', async () => {
  const job = await start(owner, { deadline_s: 60 });
  expect(job).toMatchObject({
    kind: 'test.rehearsal',
    status: 'queued',
    health: 'ok',
    progress: { step: 0, total: 4, percent: 0, message: null },
    subject: { type: 'rehearsal', id: 'stage' },
    project_id: null,
    parent_id: null,
    result: null,
    error: null,
    attempt: 0,
    created_by: owner.id,
    started_at: null,
    finished_at: null,
  });
  expect(Date.parse(job.deadline_at!) - Date.parse(job.created_at)).toBeCloseTo(60_000, -3);
  expect(await owner.get(`/agent-jobs/${job.id}`)).toEqual(job);
  const { rows } = await database.query(
    `SELECT j.input, (SELECT count(*)::int FROM outbox WHERE target = 'job-' || j.id || '-1') AS commands,
       (SELECT array_agg(entry_type) FROM journal_entries WHERE target_id = j.id) AS entries
     FROM jobs j WHERE id = $1`,
    [job.id],
  );
  expect(rows).toEqual([{ input: { dir: '/tmp', batches: 1, asks: false }, commands: 1, entries: ['job.queued'] }]);
});

test('what cannot be started is refused with what is wrong with it', async () => {
  const ask = (body: object) => owner.ask('POST', '/agent-jobs', body);
  expect((await ask({ kind: 'test.nothing', input: {} })).body).toMatchObject({
    code: 'invalid_request',
    errors: [{ path: 'kind', message: 'must be one of test.rehearsal' }],
    kinds: ['test.rehearsal'],
  });
  expect((await ask({ ...asked, input: { dir: 7, extra: 1 } })).body).toMatchObject({
    code: 'invalid_request',
    errors: [{ path: 'input.dir' }, { path: 'input.extra' }],
  });
  expect((await ask({ ...asked, run_at: '2029-01-01T00:00:00Z' })).body).toMatchObject({
    code: 'invalid_request',
    errors: [{ path: 'run_at' }],
  });
  for (const deadline of [0, 86_401, 1.5]) expect((await ask({ ...asked, deadline_s: deadline })).status).toBe(400);
  expect((await ask({ ...asked, input: { dir: 'x'.repeat(300_000) } })).status).toBe(413);
});

test('kinds with routes of their own are not started here', async () => {
  const product = await startTestApi({ over: api.testDatabase });
  try {
    const answer = await product.call(owner.token, {
      method: 'POST',
      url: '/api/v1/agent-jobs',
      payload: { kind: 'provision', input: {} },
    });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'kind_not_creatable']);
  } finally {
    await product.close();
  }
});

test('what each kind takes is in the API’s document', async () => {
  const document = (await api.server.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, { requestBody: { content: Record<string, { schema: object }> } }>>;
  }>();
  const { schema } = document.paths['/api/v1/agent-jobs']!.post!.requestBody.content['application/json']!;
  expect(schema).toMatchObject({
    required: ['kind', 'input'],
    properties: { input: { oneOf: [{ title: 'test.rehearsal', properties: { dir: { type: 'string' } } }] } },
  });
});

test('the same key gives the same job', async () => {
  const send = (input: object) =>
    api.call(owner.token, {
      method: 'POST',
      url: '/api/v1/agent-jobs',
      headers: { 'idempotency-key': 'once' },
      payload: { ...asked, input },
    });
  const first = await send({ dir: '/tmp' });
  const second = await send({ dir: '/tmp' });
  expect(second.json<JobView>().id).toBe(first.json<JobView>().id);
  expect((await send({ dir: '/var' })).statusCode).toBe(422);
});

test('a kind says who starts, sees and cancels its jobs; whoever asked and those who manage always may', async () => {
  const [manager, another, member] = [
    await api.addMember(owner.workspaceId, 'MANAGER'),
    await api.addMember(owner.workspaceId, 'MANAGER'),
    await api.addMember(owner.workspaceId, 'MEMBER'),
  ];
  expect(outcome(await member.ask('POST', '/agent-jobs', asked))).toEqual([403, 'forbidden']);
  const job = await start(manager);
  expect(await manager.get<List>('/agent-jobs')).toMatchObject({ total: 1, items: [{ id: job.id }] });
  expect((await owner.get<JobView>(`/agent-jobs/${job.id}`)).id).toBe(job.id);
  for (const path of [`/agent-jobs/${job.id}`, `/agent-jobs/${job.id}/events`]) {
    expect(outcome(await another.ask('GET', path))).toEqual([404, 'not_found']);
  }
  expect(outcome(await another.ask('POST', `/agent-jobs/${job.id}/cancel`))).toEqual([404, 'not_found']);
  expect(await another.get<List>('/agent-jobs')).toMatchObject({ total: 0, items: [] });
  expect((await manager.post<JobView>(`/agent-jobs/${job.id}/cancel`, { reason: 'mine' }, 202)).status).toBe(
    'cancelled',
  );
  const its = await start(owner);
  await database.query(`UPDATE jobs SET kind = 'provision' WHERE id = $1`, [its.id]);
  // Every member sees a provisioning; a VIEWER cancels nothing.
  const product = await startTestApi({ over: api.testDatabase });
  try {
    const as = (user: TestUser, method: 'GET' | 'POST', path: string) =>
      product.call(user.token, { method, url: `/api/v1/agent-jobs${path}` });
    expect((await as(member, 'GET', `/${its.id}`)).statusCode).toBe(200);
    expect((await as(member, 'POST', `/${its.id}/cancel`)).statusCode).toBe(403);
  } finally {
    await product.close();
    await database.query(`DELETE FROM jobs WHERE id = $1`, [its.id]);
  }
});

test('a token with scopes reaches the jobs of kinds that they cover', async () => {
  const job = await start();
  const tokenWith = async (scopes: string[]) =>
    (await owner.act<{ token: string }>('/auth/cli-token', { scopes })).token;
  const get = async (scopes: string[]) =>
    (await api.call(await tokenWith(scopes), { method: 'GET', url: `/api/v1/agent-jobs/${job.id}` })).statusCode;
  expect(await get(['jobs:read', 'missions:read'])).toBe(200);
  expect(await get(['jobs:read'])).toBe(404);
  expect(await get(['missions:read'])).toBe(403);
  const post = async (scopes: string[]) =>
    (await api.call(await tokenWith(scopes), { method: 'POST', url: '/api/v1/agent-jobs', payload: asked })).statusCode;
  expect(await post(['jobs:write', 'missions:read'])).toBe(403);
  expect(await post(['jobs:write', 'missions:write'])).toBe(202);
});

test('lists are filtered, cut and counted', async () => {
  const lister = await api.addOwner();
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) ids.unshift((await start(lister)).id);
  const admin = await api.addMember(lister.workspaceId, 'ADMIN');
  await lister.post(`/agent-jobs/${ids[1]}/cancel`, {}, 202);
  const list = async (query: string, who: Pick<TestUser, 'get'> = lister) => {
    const { items, ...page } = await who.get<List>(`/agent-jobs?${query}`);
    return { ...page, ids: items.map(({ id }) => id) };
  };
  expect(await list('')).toEqual({ total: 3, limit: 50, offset: 0, ids });
  expect(await list('limit=1&offset=1')).toEqual({ total: 3, limit: 1, offset: 1, ids: [ids[1]] });
  expect(await list('offset=5')).toEqual({ total: 3, limit: 50, offset: 5, ids: [] });
  expect(await list('status=cancelled,failed')).toMatchObject({ total: 1, ids: [ids[1]] });
  expect(await list('kind=test.nothing')).toMatchObject({ total: 0 });
  expect(await list('kind=test.rehearsal&mine=true')).toMatchObject({ total: 3 });
  expect(await list('mine=true', admin)).toMatchObject({ total: 0 });
  expect(await list('', admin)).toMatchObject({ total: 3 });
  for (const wrong of ['status=asleep', 'limit=101', 'mine=perhaps', 'offset=-1']) {
    expect((await lister.ask('GET', `/agent-jobs?${wrong}`)).status).toBe(400);
  }
});

test('events are numbered without gaps and read on from any of them', async () => {
  const { id } = await start();
  await bring(id, 'waiting');
  const read = (query: string) =>
    owner.get<{ events: JobEventView[]; next_seq: number }>(`/agent-jobs/${id}/events?${query}`);
  const all = await read('');
  expect(all.events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, 'queued'],
    [2, 'started'],
    [3, 'waiting'],
  ]);
  expect(all.events[0]).toMatchObject({ actor: { type: 'user', id: owner.id }, message: null, data: {} });
  expect(all.events[1]).toMatchObject({ actor: { type: 'orchestrator', id: null }, data: { step: 'prepare' } });
  expect(await read('limit=2')).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }], next_seq: 2 });
  expect(await read('after_seq=2')).toMatchObject({ events: [{ seq: 3 }], next_seq: 3 });
  expect(await read('after_seq=3')).toEqual({ events: [], next_seq: 3 });
  expect((await owner.ask('GET', `/agent-jobs/${id}/events?limit=501`)).status).toBe(400);
});

test('each state is cancelled as it says, and one that is over is a 409 that names it', async () => {
  for (const [from, to] of [
    ['queued', 'cancelled'],
    ['running', 'cancelling'],
    ['waiting', 'cancelling'],
    ['cancelling', 'cancelling'],
  ] as const) {
    const { id } = await start();
    await bring(id, from);
    expect([from, (await owner.post<JobView>(`/agent-jobs/${id}/cancel`, undefined, 202)).status]).toEqual([from, to]);
  }
  const done = await start();
  await bring(done.id, 'completed');
  expect((await owner.ask('POST', `/agent-jobs/${done.id}/cancel`)).body).toMatchObject({
    status: 409,
    code: 'wrong_state',
    current_status: 'completed',
  });
  expect(await owner.get(`/agent-jobs/${done.id}`)).toMatchObject({
    status: 'completed',
    result: { batches: 1 },
    progress: { step: 4, total: 4, percent: 100 },
  });
});

test('two processes cancel and complete a job at once: one of them has its way, each time', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { id } = await start();
    await bring(id, 'running');
    for (const step of ['prepare', 'work', 'approve']) await finish(id, step);
    await api.database.transaction({ workspaceIds: [owner.workspaceId] }, (tx) =>
      storeJobResult(tx, addressOf(id), rehearsals.find(rehearsalJob.name)!, { batches: 1 }),
    );
    const cancelling = async () => {
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      return other.call(owner.token, { method: 'POST', url: `/api/v1/agent-jobs/${id}/cancel` });
    };
    const [answer] = await Promise.all([cancelling(), finish(id, 'publish')]);
    const { status } = await owner.get<JobView>(`/agent-jobs/${id}`);
    expect([answer.statusCode, status]).toEqual(answer.statusCode === 202 ? [202, 'cancelling'] : [409, 'completed']);
    const { rows } = await database.query<{ type: string }>(
      `SELECT type FROM job_events WHERE job_id = $1 AND type IN ('cancelling', 'completed')`,
      [id],
    );
    expect(rows).toEqual([{ type: status }]);
  }
});

test('whoever waits for a job hears of its end, or is answered in time with how it is', async () => {
  const listeners: { onWake(wake: { topic: 'job'; id: string; workspaceId: string }): void }[] = [];
  const waited = await startTestApi({
    over: api.testDatabase,
    jobKinds: rehearsals,
    bus: {
      async subscribe(listener) {
        listeners.push(listener);
      },
    },
  });
  try {
    const get = async (id: string, seconds: number) => {
      const url = `/api/v1/agent-jobs/${id}?wait_s=${seconds}`;
      return (await waited.call(owner.token, { method: 'GET', url })).json<JobView>();
    };
    const { id } = await start();
    expect(await get(id, 1)).toMatchObject({ status: 'queued' });
    const waiting = get(id, 60);
    await owner.post(`/agent-jobs/${id}/cancel`, {}, 202);
    const { rows } = await database.query(`SELECT 1 FROM outbox WHERE kind = 'wake' AND target = $1`, [`job:${id}`]);
    expect(rows).toHaveLength(1);
    for (const listener of listeners) listener.onWake({ topic: 'job', id, workspaceId: owner.workspaceId });
    expect(await waiting).toMatchObject({ status: 'cancelled' });
    expect(await get(id, 60)).toMatchObject({ status: 'cancelled' });
    expect((await owner.ask('GET', `/agent-jobs/${id}?wait_s=61`)).status).toBe(400);
  } finally {
    await waited.close();
  }
});

test('a job that nobody works on is stalled, one that lost its workflow lost', async () => {
  const { id } = await start();
  await bring(id, 'running');
  const health = async () => (await owner.get<JobView>(`/agent-jobs/${id}`)).health;
  expect(await health()).toBe('ok');
  await database.query(`UPDATE jobs SET heartbeat_at = now() - interval '61 seconds' WHERE id = $1`, [id]);
  expect(await health()).toBe('stalled');
  await database.query(`UPDATE jobs SET lost_at = now() WHERE id = $1`, [id]);
  expect(await health()).toBe('lost');
  await advance(id);
  expect(await health()).toBe('ok');
});

test('a workflow of an older generation moves nothing', async () => {
  const { id } = await start();
  await bring(id, 'running');
  await database.query(`UPDATE jobs SET generation = 2 WHERE id = $1`, [id]);
  expect(await advance(id)).toEqual({ kind: 'closed', status: 'running' });
  await finish(id, 'prepare');
  expect((await owner.get<JobView>(`/agent-jobs/${id}`)).progress).toMatchObject({ step: 0, message: 'prepare' });
});

test('a workspace has so many jobs that are not over, and no more', async () => {
  const full = await api.addOwner();
  await database.query(
    `INSERT INTO jobs (id, workspace_id, kind) SELECT 'full-' || n, $1, 'test.rehearsal' FROM generate_series(1, $2) n`,
    [full.workspaceId, MAX_LIVE_JOBS],
  );
  expect(outcome(await full.ask('POST', '/agent-jobs', asked))).toEqual([429, 'limit_reached']);
  await full.post('/agent-jobs/full-1/cancel', {}, 202);
  await start(full);
});

test('the events of a job that is long over are deleted, its row stays', async () => {
  const [old, recent] = [await start(), await start()];
  for (const { id } of [old, recent]) await owner.post(`/agent-jobs/${id}/cancel`, {}, 202);
  await database.query(`UPDATE jobs SET finished_at = now() - interval '31 days' WHERE id = $1`, [old.id]);
  expect(await expireJobEvents(api.database)).toBe(1);
  expect(await expireJobEvents(api.database)).toBe(0);
  const events = async (id: string) => (await owner.get<{ events: object[] }>(`/agent-jobs/${id}/events`)).events;
  expect([(await events(old.id)).length, (await events(recent.id)).length]).toEqual([0, 2]);
  expect((await owner.get<JobView>(`/agent-jobs/${old.id}`)).status).toBe('cancelled');
});

test('what a kind does at the request and at the end of its jobs is one commit with them', async () => {
  const { id } = await start();
  await expect(
    api.database.transaction({ workspaceIds: [owner.workspaceId] }, async (tx) => {
      const watched = {
        ...tx,
        effects: {
          ...tx.effects,
          jobs: { [rehearsalJob.name]: { ended: async () => Promise.reject(new Error('no')) } },
        },
      };
      await cancelJob(watched, id, { actor: orchestratorActor(), reason: null });
    }),
  ).rejects.toThrow('no');
  expect((await owner.get<JobView>(`/agent-jobs/${id}`)).status).toBe('queued');
  const [row] = await api.database.reads.any<{ seq: number }>(
    [owner.workspaceId],
    sql`SELECT event_seq AS seq FROM jobs WHERE id = ${id}`,
  );
  expect(row).toEqual({ seq: 1 });
});
