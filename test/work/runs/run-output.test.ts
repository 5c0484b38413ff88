import { afterEach, beforeAll, expect, test } from 'vitest';
import { appendRunOutput } from '../../../commands/engine/runs/append-run-output.ts';
import { settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { readOutputTail } from '../../../db/work/runs/read-output-tail.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createCrewship } from '../../../clients/typescript/src/index.ts';
import { type EventStreamClient, openEventStream } from '../../http/streams/event-stream-client.ts';
import { listen, openBuses, startListeningApi, startSequencer } from '../../http/streams/live-journal.ts';
import { addCrew, type ApiCrew } from '../../support/mission-crew.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const NEVER_MS = 3_600_000;
const buses = perFile(() => openBuses('run-output'));
const timings = { realtimeTimings: { lookEveryMs: NEVER_MS } };
const api = perFile(() => startListeningApi({ bus: buses.open(), ...timings }));
perFile(() => startSequencer(api.database, buses.open()));
const clients: EventStreamClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.kill();
});

let crew: ApiCrew;
let owner: TestUser;
beforeAll(async () => {
  crew = await addCrew(api);
  owner = crew.owner;
});

async function startRun(status = 'RUNNING'): Promise<WorkflowAddress> {
  const id = newId();
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, started_at)
    VALUES (${id}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'USER', ${status}, now())`);
  return { id, workspaceId: crew.workspaceId, generation: 1 };
}

/** Stores pieces as the host does; returns the offset after them. */
async function write(run: WorkflowAddress, from: number, ...texts: string[]): Promise<number> {
  let offset = from;
  for (const text of texts) {
    const nextOffset = offset + Buffer.byteLength(text);
    expect(await appendRunOutput(api.database, run, { offset, nextOffset, text })).toBe(true);
    offset = nextOffset;
  }
  return offset;
}

interface EventsAnswer {
  readonly events: readonly { readonly offset: number; readonly text: string }[];
  readonly next_cursor: string | null;
  readonly run: { readonly status: string; readonly exit_code: number | null };
}

async function page(runId: string, query = ''): Promise<EventsAnswer> {
  const answer = await owner.send('GET', `/api/v1/runs/${runId}/events${query}`);
  expect(answer.statusCode).toBe(200);
  return answer.json<EventsAnswer>();
}

async function follow(runId: string, options: { port?: number; lastEventId?: number; query?: string } = {}) {
  const { port = api.port, lastEventId = null, query = '' } = options;
  const path = `/api/v1/runs/${runId}/events${query}`;
  const client = await openEventStream({ port, token: owner.token, path, lastEventId });
  clients.push(client);
  return client;
}

const texts = (client: EventStreamClient) =>
  client.events.filter(({ event }) => event === 'output').map(({ data }) => data.text);

test('pages hold what was written, in order, and say whether more can come', async () => {
  const run = await startRun();
  expect(await page(run.id)).toMatchObject({ events: [], next_cursor: null, run: { status: 'RUNNING' } });
  await write(run, 0, 'one\n', 'two\n', 'drei ü\n', 'four\n', 'five\n');
  const first = await page(run.id, '?limit=2');
  expect(first.events).toMatchObject([
    { offset: 0, text: 'one\n', length: 4 },
    { offset: 4, text: 'two\n' },
  ]);
  const second = await page(run.id, `?limit=2&cursor=${first.next_cursor}`);
  expect(second.events.map(({ text }) => text)).toEqual(['drei ü\n', 'four\n']);
  const third = await page(run.id, `?limit=2&cursor=${second.next_cursor}`);
  expect(third).toMatchObject({ events: [{ text: 'five\n' }], next_cursor: null });
  const tail = await page(run.id, '?tail=2');
  expect(tail.events.map(({ text }) => text)).toEqual(['four\n', 'five\n']);
  await settleRunRow(api.database, run, { outcome: { kind: 'exited', exitCode: 3, result: 'missing' } });
  expect((await page(run.id, '?tail=1')).run).toEqual({ status: 'FAILED', exit_code: 3, error_code: 'exit_code' });
});

test('the output is one text of which a part can be had', async () => {
  const run = await startRun();
  const many = Array.from({ length: 40 }, (_, n) => `line ${n}\n`);
  await write(run, 0, ...many);
  const whole = many.join('');
  const url = `/api/v1/runs/${run.id}/output`;
  const all = await owner.send('GET', url);
  expect([all.statusCode, all.headers['content-type'], all.body]).toEqual([200, 'text/plain; charset=utf-8', whole]);
  expect(all.headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': String(whole.length) });
  const part = (range: string) => api.call(owner.token, { method: 'GET', url, headers: { range } });
  for (const [range, from, to] of [
    ['bytes=-20', whole.length - 20, whole.length],
    ['bytes=10-199', 10, 200],
    ['bytes=300-', 300, whole.length],
  ] as const) {
    const answer = await part(range);
    expect([answer.statusCode, answer.body]).toEqual([206, whole.slice(from, to)]);
    expect(answer.headers['content-range']).toBe(`bytes ${from}-${to - 1}/${whole.length}`);
  }
  const beyond = await part('bytes=9999-');
  expect([beyond.statusCode, beyond.json()]).toMatchObject([
    416,
    { code: 'range_not_satisfiable', size: whole.length },
  ]);
  expect((await part('bytes=9-3')).json()).toMatchObject({ code: 'invalid_request', errors: [{ path: 'Range' }] });
  const empty = await startRun();
  expect((await owner.send('GET', `/api/v1/runs/${empty.id}/output`)).body).toBe('');
});

test('a stream has all that was written, goes on on any process, and ends with the run', async () => {
  const run = await startRun();
  let offset = await write(run, 0, ...Array.from({ length: 40 }, (_, n) => `early ${n}\n`));
  const client = await follow(run.id, { query: '?follow=true' });
  await soon(() => expect(texts(client)).toHaveLength(40));
  offset = await write(run, offset, 'live\n');
  await soon(() => expect(texts(client).at(-1)).toBe('live\n'));
  client.kill();

  const other = await startTestApi({ over: api.testDatabase, bus: buses.open(), ...timings });
  const port = await listen(other);
  offset = await write(run, offset, 'missed\n');
  const second = await follow(run.id, { port, lastEventId: client.lastEventId()! });
  const late = await follow(run.id, { port, query: '?tail=1' });
  await soon(() => expect([texts(second), texts(late)]).toEqual([['missed\n'], ['missed\n']]));
  await write(run, offset, 'last\n');
  await settleRunRow(other.database, run, { outcome: { kind: 'exited', exitCode: 0, result: 'missing' } });
  await Promise.all([second.ended, late.ended]);
  expect(texts(second)).toEqual(['missed\n', 'last\n']);
  expect(second.events.at(-1)).toMatchObject({ event: 'end', data: { status: 'COMPLETED', exit_code: 0 } });
  const after = await api.call(owner.token, {
    method: 'GET',
    url: `/api/v1/runs/${run.id}/events?follow=true`,
    headers: { 'last-event-id': String(second.lastEventId()!) },
  });
  expect(after.statusCode).toBe(204);
  await other.close();
});

test('the client follows a run to its end', async () => {
  const run = await startRun();
  const offset = await write(run, 0, 'begun\n');
  const client = createCrewship({ baseUrl: `http://127.0.0.1:${api.port}`, token: owner.token });
  const heard: unknown[] = [];
  for await (const item of client.events('GET /api/v1/runs/{runId}/events', { params: { runId: run.id } })) {
    if (item.kind !== 'event') continue;
    heard.push(item.event);
    if (heard.length > 1) continue;
    await write(run, offset, 'done\n');
    await settleRunRow(api.database, run, { outcome: { kind: 'exited', exitCode: 0, result: 'missing' } });
  }
  expect(heard).toEqual(['output', 'output', 'end']);
});

test('what is no run of the workspace, or not one yet, has no output', async () => {
  const stranger = await api.addOwner();
  const run = await startRun();
  const queued = await startRun('QUEUED');
  for (const path of ['events', 'events?follow=true', 'output']) {
    expect((await stranger.send('GET', `/api/v1/runs/${run.id}/${path}`)).statusCode).toBe(404);
    expect((await owner.send('GET', `/api/v1/runs/${queued.id}/${path}`)).statusCode).toBe(404);
  }
  const wrong = await owner.send('GET', `/api/v1/runs/${run.id}/events?cursor=x&limit=500`);
  expect(
    wrong
      .json<{ errors: { path: string }[] }>()
      .errors.map((error) => error.path)
      .sort(),
  ).toEqual(['cursor', 'limit']);
});

test('the last lines begin with a whole one', async () => {
  const run = await startRun();
  await write(run, 0, 'first line\nsecond ', 'line\nthird line\n\n');
  const tail = (characters: number) => readOutputTail(api.database, run, characters);
  expect(await tail(100)).toBe('first line\nsecond line\nthird line');
  expect(await tail(25)).toBe('second line\nthird line');
  expect(await tail(5)).toBe(' line'.trimStart());
  expect(await readOutputTail(api.database, await startRun(), 100)).toBe('');
});
