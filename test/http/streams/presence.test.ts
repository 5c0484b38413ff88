import { afterEach, expect, test } from 'vitest';
import { createPresence, PRESENT_MS } from '../../../platform/presence/presence.ts';
import { soon } from '../../support/soon.ts';
import type { TestUser } from '../../support/test-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { log, openBuses, startListeningApi, startSequencer } from './live-journal.ts';
import { openSocket, type SocketClient, socketToken } from './socket-client.ts';

const buses = perFile(() => openBuses('presence'));
let shiftMs = 0;
const open = (nowMs?: () => number) =>
  createPresence({ redisUrl: buses.redisUrl, namespace: 'presence', log, ...(nowMs === undefined ? {} : { nowMs }) });
const here = perFile(() => open());
const there = perFile(() => open(() => Date.now() + shiftMs));
const api = perFile(() => startListeningApi({ bus: buses.open(), presence: here }));
const second = perFile(() => startListeningApi({ over: api.testDatabase, bus: buses.open(), presence: there }));
perFile(() => startSequencer(api.database, buses.open()));
const owner = perTest(() => api.addOwner());
const sockets: SocketClient[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.kill();
});

async function follow(channel: string, by: TestUser, port = api.port): Promise<SocketClient> {
  const socket = await openSocket(port);
  sockets.push(socket);
  socket.send({ type: 'auth', token: await socketToken(api, by.token) });
  socket.send({ type: 'subscribe', channel });
  await soon(() => expect(socket.of('subscribed', channel)).toHaveLength(1));
  return socket;
}
const crewOf = async (by: TestUser) =>
  (await by.post<{ id: string }>('/crews', { name: 'Crew', slug: `crew-${Date.now()}` })).id;

test('who follows a crew on a socket is with it, on every process, once, until the last socket of theirs goes', async () => {
  const crewId = await crewOf(owner);
  const guest = await api.addMember(owner.workspaceId, 'VIEWER');
  const present = async () =>
    (await guest.get<{ users: { user_id: string }[] }>(`/crews/${crewId}/presence`)).users.map(({ user_id: id }) => id);
  expect(await present()).toEqual([]);
  const one = await follow(`crew:${crewId}`, owner);
  const two = await follow(`files:${crewId}`, owner, second.port);
  const other = await follow(`crew:${crewId}`, guest, second.port);
  await soon(async () => expect((await present()).sort()).toEqual([owner.id, guest.id].sort()));
  other.send({ type: 'unsubscribe', channel: `crew:${crewId}` });
  one.kill();
  await soon(async () => expect(await present()).toEqual([owner.id]));
  two.kill();
  await soon(async () => expect(await present()).toEqual([]));
  const stranger = await api.addOwner();
  expect((await stranger.send('GET', `/api/v1/crews/${crewId}/presence`)).statusCode).toBe(404);
});

test('who went with their process is gone a minute after its last beat', async () => {
  const dead = open();
  dead.enter('a-crew', 'somebody');
  await soon(async () => expect(await there.list('a-crew')).toHaveLength(1));
  dead.close();
  shiftMs = PRESENT_MS - 5_000;
  expect(await there.list('a-crew')).toHaveLength(1);
  shiftMs = PRESENT_MS + 5_000;
  expect(await there.list('a-crew')).toEqual([]);
});

test('an agent’s channel and that of a crew’s files say what happens to them', async () => {
  const crewId = await crewOf(owner);
  const agent = { name: 'Lead', slug: 'lead', crew_id: crewId, agent_role: 'LEAD' };
  const { id } = await owner.post<{ id: string }>('/agents', agent);
  const socket = await follow(`agent:${id}`, owner);
  await owner.patch(`/agents/${id}`, { description: 'Leads' });
  await soon(() => expect(socket.of('agent.updated', `agent:${id}`)).toHaveLength(1));
  await owner.delete(`/agents/${id}`);
  const again = await openSocket(api.port);
  sockets.push(again);
  again.send({ type: 'auth', token: await socketToken(api, owner.token) });
  again.send({ type: 'subscribe', channel: `agent:${id}` });
  await soon(() => expect(again.of('error', `agent:${id}`)).toHaveLength(1));
});

test('a person’s own channel tells of them in all their workspaces, and nobody else hears it', async () => {
  const person = await api.addUser({ homeWorkspaceId: owner.workspaceId });
  await api.joinWorkspace(owner.workspaceId, person.id, 'MEMBER');
  const other = await api.addOwner();
  await api.joinWorkspace(other.workspaceId, person.id, 'VIEWER');
  const channel = `user:${person.id}`;
  const socket = await follow(channel, person, second.port);
  expect(socket.of('subscribed', channel)[0]!.payload).toEqual({ position: null });
  const crewId = await crewOf(owner);
  const agent = { name: 'Lead', slug: 'lead', crew_id: crewId, agent_role: 'LEAD' };
  const { id: agentId } = await owner.post<{ id: string }>('/agents', agent);
  const { id: chatId } = await owner.post<{ id: string }>(`/agents/${agentId}/chats`);
  await owner.post(`/chats/${chatId}/participants`, { user_id: person.id });
  await soon(() =>
    expect(socket.of('chat.participant_added')[0]?.payload).toEqual({ chat_id: chatId, role: 'editor' }),
  );
  await owner.delete(`/chats/${chatId}/participants/${person.id}`);
  await soon(() => expect(socket.of('chat.participant_removed')).toHaveLength(1));
  await other.patch(`/workspaces/${other.workspaceId}/members/${person.id}`, { role: 'MEMBER' });
  await soon(() =>
    expect(socket.of('member.role_changed')[0]?.payload).toEqual({ workspace_id: other.workspaceId, role: 'MEMBER' }),
  );
  expect(socket.frames.filter(({ seq }) => seq !== undefined)).toHaveLength(3);
  socket.send({ type: 'subscribe', channel, payload: { after: 1 } });
  await soon(() => expect(socket.of('error', channel)[0]?.payload).toMatchObject({ error: 'invalid_request' }));
  socket.send({ type: 'unsubscribe', channel });
  await soon(() => expect(socket.of('unsubscribed', channel)).toHaveLength(1));
});
