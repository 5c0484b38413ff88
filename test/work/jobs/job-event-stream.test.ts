import { afterEach, beforeEach, expect, test } from 'vitest';
import { advanceJob, finishJobStep } from '../../../commands/engine/jobs/advance-job.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobView } from '../../../domain/work/jobs/job.ts';
import { type EventStreamClient, openEventStream } from '../../http/streams/event-stream-client.ts';
import { openBuses, startListeningApi } from '../../http/streams/live-journal.ts';
import { soon } from '../../support/soon.ts';
import type { TestOwner, TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { rehearsalJob } from './rehearsal-kind.ts';
import { rehearsals } from './rehearsal-world.ts';

const buses = perFile(() => openBuses('job-events'));
const wakes = perFile(() => buses.open());
const api = perFile(() =>
  startListeningApi({
    ...{ bus: buses.open(), jobKinds: rehearsals },
    realtimeTimings: { checkAccessEveryMs: 100 },
  }),
);
let owner: TestOwner;
let job: JobView;
const clients: EventStreamClient[] = [];
beforeEach(async () => {
  owner = await api.addOwner();
  job = await owner.post<JobView>('/agent-jobs', { kind: rehearsalJob.name, input: { dir: '/tmp' } }, 202);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.kill();
});

const path = () => `/api/v1/agent-jobs/${job.id}/events`;
async function follow(who: TestUser = owner, lastEventId?: number): Promise<EventStreamClient> {
  const client = await openEventStream({
    ...{ port: api.port, token: who.token, path: path() },
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });
  clients.push(client);
  return client;
}
const heard = ({ events }: EventStreamClient) =>
  events.filter(({ event }) => event === 'message').map(({ id, data }) => [id, data.type]);
const addressOf = () => ({ workspaceId: owner.workspaceId, id: job.id, generation: 1 });

/** What the relay does with what a commit left, once. */
async function relay(): Promise<void> {
  const left = await api.database.systemReads.any(
    [],
    sql`SELECT 1 FROM outbox WHERE kind = 'wake' AND target = ${`job:${job.id}`}`,
  );
  expect(left.length).toBeGreaterThan(0);
  await wakes.publish({ topic: 'job', id: job.id, workspaceId: owner.workspaceId });
}

test('a job is followed from its first event to its last, each once, on as many clients as like', async () => {
  const [one, two] = [await follow(), await follow()];
  for (const client of [one, two]) await soon(() => expect(heard(client)).toEqual([[1, 'queued']]));
  await advanceJob(api.database, rehearsals, addressOf());
  await relay();
  await soon(() => expect(heard(one)).toHaveLength(2));
  one.kill();
  await finishJobStep(api.database, rehearsals, addressOf(), 'prepare', 'wait');
  await relay();
  const resumed = await follow(owner, 2);
  for (const client of [two, resumed]) await soon(() => expect(heard(client).at(-1)).toEqual([3, 'waiting']));
  await owner.post(`/agent-jobs/${job.id}/cancel`, {}, 202);
  await relay();
  for (const client of [two, resumed]) await soon(() => expect(heard(client).at(-1)![0]).toBeGreaterThan(3));
  expect(heard(two).map(([id]) => id)).toEqual(heard(two).map((_, index) => index + 1));
  expect(heard(resumed)).toEqual(heard(two).slice(2));
});

test('the stream of a job that is over ends with its status, and who comes back has all there is', async () => {
  const client = await follow();
  await owner.post(`/agent-jobs/${job.id}/cancel`, {}, 202);
  await relay();
  await client.ended;
  expect(heard(client)).toEqual([
    [1, 'queued'],
    [2, 'cancelled'],
  ]);
  expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { status: 'cancelled' } });
  const late = await follow(owner, 1);
  await late.ended;
  expect(heard(late)).toEqual([[2, 'cancelled']]);
  const headers = { accept: 'text/event-stream', 'last-event-id': '2' };
  expect((await api.call(owner.token, { method: 'GET', url: path(), headers })).statusCode).toBe(204);
  const wrong = { accept: 'text/event-stream', 'last-event-id': 'x' };
  expect((await api.call(owner.token, { method: 'GET', url: path(), headers: wrong })).statusCode).toBe(400);
  expect(await owner.get(path().slice('/api/v1'.length))).toMatchObject({ next_seq: 2 });
});

test('strangers follow nothing, and who leaves the workspace is told so', async () => {
  const stranger = await api.addOwner();
  await expect(follow(stranger)).rejects.toThrow('404');
  const member = await api.addMember(owner.workspaceId, 'ADMIN');
  const client = await follow(member);
  await soon(() => expect(heard(client)).toHaveLength(1));
  await api.removeMember(owner.workspaceId, member.id);
  await client.ended;
  expect(client.events.at(-1)).toMatchObject({ event: 'closed', data: { reason: 'access_revoked' } });
});
