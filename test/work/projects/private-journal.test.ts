import { beforeEach, expect, test } from 'vitest';
import type { Project } from '../../../domain/work/projects/project.ts';
import { soon } from '../../support/soon.ts';
import type { TestOwner, TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { openEventStream } from '../../http/streams/event-stream-client.ts';
import { openBuses, startListeningApi, startSequencer } from '../../http/streams/live-journal.ts';
import { openSocket, socketToken } from '../../http/streams/socket-client.ts';

interface Entry {
  readonly id: string;
  readonly target_id: string | null;
}

const buses = perFile(() => openBuses('private-journal'));
const api = perFile(() =>
  startListeningApi({
    bus: buses.open(),
    realtimeTimings: { lookEveryMs: 3_600_000, checkAccessEveryMs: 3_600_000 },
  }),
);
perFile(() => startSequencer(api.database, buses.open()));
let owner: TestOwner;
let manager: TestUser;
let outsider: TestUser;
beforeEach(async () => {
  owner = await api.addOwner();
  manager = await api.addMember(owner.workspaceId, 'MANAGER');
  outsider = await api.addMember(owner.workspaceId, 'MANAGER');
});

const newProject = (visibility: 'private' | 'workspace') =>
  manager.post<Project>('/projects', { name: `${visibility} plan`, visibility });
const entriesOf = async (who: TestUser, query = '') =>
  (await who.get<{ entries: Entry[] }>(`/journal?limit=50${query}`)).entries;
const targets = async (who: TestUser, query?: string) => [
  ...new Set((await entriesOf(who, query)).map(({ target_id: id }) => id)),
];

test('entries about a private project are read by those who are in it and by who passes, and by nobody else', async () => {
  const [hidden, open] = [await newProject('private'), await newProject('workspace')];
  const [entry] = (await entriesOf(manager)).filter(({ target_id: id }) => id === hidden.id);
  for (const who of [manager, owner]) {
    expect(await targets(who)).toEqual(expect.arrayContaining([hidden.id, open.id]));
    expect(await targets(who, '&q=project%20created')).toEqual([open.id, hidden.id]);
    expect(await who.get(`/journal/${entry!.id}`)).toMatchObject({ target_id: hidden.id });
  }
  expect(await targets(outsider)).toEqual(expect.arrayContaining([open.id]));
  expect(JSON.stringify(await entriesOf(outsider))).not.toContain(hidden.id);
  expect(await targets(outsider, '&q=project%20created')).toEqual([open.id]);
  expect((await outsider.ask('GET', `/journal/${entry!.id}`)).status).toBe(404);
  for (const query of ['', '&q=project']) {
    const count = async (who: TestUser) =>
      (await who.get<{ total: number }>(`/journal/count?entry_type=project.created${query}`)).total;
    expect([await count(manager), await count(outsider)]).toEqual([2, 1]);
  }
  await manager.delete(`/projects/${hidden.id}`);
  expect(JSON.stringify(await entriesOf(outsider))).not.toContain(hidden.id);
  expect(await targets(manager)).toContain(hidden.id);
});

test('neither stream nor socket tells of it, and both tell those who are in it', async () => {
  const followers = await Promise.all(
    [manager, outsider].map(async (who) => {
      const stream = await openEventStream({ port: api.port, token: who.token });
      const socket = await openSocket(api.port);
      socket.send({ type: 'auth', token: await socketToken(api, who.token) });
      await soon(() => expect(socket.of('ready')).toHaveLength(1));
      const channel = `journal:${owner.workspaceId}`;
      socket.send({ type: 'subscribe', channel });
      await soon(() => expect(socket.of('subscribed', channel)).toHaveLength(1));
      return { who, stream, heard: () => JSON.stringify([stream.events, socket.of('journal.entry', channel)]) };
    }),
  );
  const hidden = await newProject('private');
  const open = await newProject('workspace');
  for (const { who, heard } of followers) {
    await soon(() => expect(heard().split(`"target_id":"${open.id}"`)).toHaveLength(3));
    expect(heard().split(`"target_id":"${hidden.id}"`)).toHaveLength(who === manager ? 3 : 1);
    expect(heard()).not.toContain('audience');
  }
  // A resumed one reads what is too old for memory, or is in it: the same.
  const resumed = await openEventStream({ port: api.port, token: outsider.token, lastEventId: 0 });
  await soon(() => expect(JSON.stringify(resumed.events)).toContain(open.id));
  expect(JSON.stringify(resumed.events)).not.toContain(hidden.id);
  resumed.kill();
  for (const { stream } of followers) stream.kill();
});
