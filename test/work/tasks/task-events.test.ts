import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ManagedTask, TaskEvent } from '../../../domain/work/tasks/managed-task.ts';
import { type EventStreamClient, openEventStream } from '../../http/streams/event-stream-client.ts';
import { openBuses, startListeningApi, startSequencer } from '../../http/streams/live-journal.ts';
import { soon } from '../../support/soon.ts';
import type { TestOwner } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

const buses = perFile(() => openBuses('task-events'));
const api = perFile(() => startListeningApi({ bus: buses.open() }));
perFile(() => startSequencer(api.database, buses.open()));
let owner: TestOwner;
let task: ManagedTask;
const clients: EventStreamClient[] = [];
beforeEach(async () => {
  owner = await api.addOwner();
  task = await owner.post<ManagedTask>('/tasks', { title: 'Task' });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.kill();
});

const path = () => `/api/v1/tasks/${task.id}/events`;
async function follow(lastEventId?: number): Promise<EventStreamClient> {
  const client = await openEventStream({
    ...{ port: api.port, token: owner.token, path: path() },
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });
  clients.push(client);
  return client;
}
const heard = ({ events }: EventStreamClient) => events.map(({ id, event }) => [id, event]);
const say = (body: object) => owner.ask('POST', path(), body);

test('what is said of a task is listed in order, within its limits', async () => {
  const said = await say({ type: 'custom.review.started', data: { by: 'bot' } });
  expect([said.status, said.body]).toMatchObject([201, { seq: 2, type: 'custom.review.started', data: { by: 'bot' } }]);
  for (const body of [
    { type: 'status_changed', message: 'No' },
    { type: 'comment' },
    { type: 'comment', message: 'x'.repeat(4_001) },
    { type: 'progress', data: { text: 'x'.repeat(16_384) } },
  ]) {
    expect((await say(body)).status, body.type).toBe(400);
  }
  const many = await Promise.all(Array.from({ length: 10 }, (_, n) => say({ type: 'comment', message: `${n}` })));
  expect(new Set(many.map(({ body }) => body.seq))).toEqual(new Set([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
  const page = await owner.get<{ events: TaskEvent[]; next_seq: number }>(
    `/tasks/${task.id}/events?after_seq=2&limit=4`,
  );
  expect([page.events.map(({ seq }) => seq), page.next_seq]).toEqual([[3, 4, 5, 6], 6]);
});

test('a task is followed as it goes, and from where a client left off', async () => {
  const client = await follow();
  await soon(() => expect(heard(client)).toEqual([[1, 'created']]));
  await say({ type: 'comment', message: 'Hello' });
  await owner.act(`/tasks/${task.id}/status`, { status: 'IN_PROGRESS' });
  const all = [
    [1, 'created'],
    [2, 'comment'],
    [3, 'status_changed'],
  ];
  await soon(() => expect(heard(client)).toEqual(all));
  const later = await follow(2);
  await soon(() => expect(heard(later)).toEqual(all.slice(2)));
});
