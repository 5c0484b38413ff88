import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { createForeignRows } from '../../support/foreign-rows.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { append, listen, startSequencer, upTo, openBuses, startListeningApi } from './live-journal.ts';
import { openSocket, type SocketClient, socketToken } from './socket-client.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const sockets: SocketClient[] = [];

async function open(as: TestUser | { token: string } = owner, at = api.port): Promise<SocketClient> {
  const socket = await openSocket(at);
  sockets.push(socket);
  socket.send({ type: 'auth', token: await socketToken(api, as.token) });
  await soon(() => expect(socket.of('ready')).toHaveLength(1));
  return socket;
}

async function subscribe(socket: SocketClient, channel: string, payload?: object): Promise<void> {
  const before = socket.of('subscribed', channel).length;
  socket.send({ type: 'subscribe', channel, ...(payload && { payload }) });
  await soon(() => expect(socket.of('subscribed', channel)).toHaveLength(before + 1));
}

const buses = perFile(() => openBuses('sockets'));
const api = perFile(() =>
  startListeningApi({
    bus: buses.open(),
    realtimeTimings: { lookEveryMs: 3_600_000, checkAccessEveryMs: 3_600_000 },
  }),
);
const second = perFile(() =>
  startListeningApi({
    over: api.testDatabase,
    bus: buses.open(),
    realtimeTimings: { lookEveryMs: 3_600_000, checkAccessEveryMs: 100 },
  }),
);
perFile(() => startSequencer(api.database, buses.open()));
const owner = perTest(() => api.addOwner());
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.kill();
});

test('a first frame without a valid token is answered by an error and the end', async () => {
  const good = await socketToken(api, owner.token);
  const wrong = [
    { type: 'auth' },
    { type: 'auth', token: 'nonsense' },
    { type: 'auth', token: owner.token },
    { type: 'auth', token: `${good}x` },
    { type: 'subscribe', channel: `workspace:${owner.workspaceId}`, token: good },
    'not json',
    Buffer.from(JSON.stringify({ type: 'auth', token: good })),
  ];
  for (const frame of wrong) {
    const socket = await openSocket(api.port, { path: `/ws?token=${good}` });
    socket.send(frame);
    expect(await socket.closed, JSON.stringify(frame)).toBe(4401);
    expect(socket.frames.map(({ type, payload }) => [type, payload?.error])).toEqual([['error', 'unauthenticated']]);
  }
});

test('a token whose access token was revoked meanwhile opens nothing', async () => {
  const made = (await owner.send('POST', '/api/v1/auth/cli-token', {})).json<{
    id: string;
    token: string;
  }>();
  const token = await socketToken(api, made.token);
  await owner.send('DELETE', `/api/v1/auth/cli-tokens/${made.id}`);
  const socket = await openSocket(api.port);
  socket.send({ type: 'auth', token });
  expect(await socket.closed).toBe(4401);
});

test('pages of other sites are refused, the API’s own and programs are not; other upgrades stay HTTP', async () => {
  await expect(openSocket(api.port, { origin: 'https://evil.example' })).rejects.toThrow('403');
  (await openSocket(api.port, { origin: `http://127.0.0.1:${api.port}` })).kill();
  await expect(openSocket(api.port, { path: '/elsewhere' })).rejects.toThrow('404');
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1', () => {
      socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    });
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('sockets of one address that do not say whose they are leave other addresses some', async () => {
  const opened = await Promise.allSettled(
    upTo(260).map(() => openSocket(api.port, { localAddress: '127.0.0.9' }).then((socket) => sockets.push(socket))),
  );
  const refused = opened.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  expect(refused.length).toBeGreaterThanOrEqual(30);
  for (const reason of refused) expect(reason).toContain('503');
  const mine = await open();
  await subscribe(mine, `workspace:${owner.workspaceId}`);
});

test('what happens through the API is heard on the channels of its workspace, crew and mission, on every process', async () => {
  const here = await open();
  const there = await open(owner, second.port);
  for (const socket of [here, there]) await subscribe(socket, `workspace:${owner.workspaceId}`);
  const post = async (url: string, payload: object) =>
    (await owner.send('POST', `/api/v1${url}`, payload)).json<{ id: string }>().id;
  const crewId = await post('/crews', { name: 'Crew', slug: 'crew' });
  await subscribe(here, `crew:${crewId}`);
  const agentId = await post('/agents', { name: 'Lead', slug: 'lead', crew_id: crewId, agent_role: 'LEAD' });
  const missionId = await post(`/crews/${crewId}/missions`, { title: 'Secret title', lead_agent_id: agentId });
  await subscribe(here, `mission:${missionId}`);
  const taskId = await post(`/crews/${crewId}/missions/${missionId}/tasks`, { title: 'Task' });
  await owner.send('PATCH', `/api/v1/crews/${crewId}/missions/${missionId}`, { status: 'CANCELLED' });
  const events = (socket: SocketClient, channel: string) =>
    socket.frames
      .filter((f) => f.channel === channel && f.seq !== undefined)
      .map(({ type, payload }) => [type, payload]);
  const expected = [
    ['crew.created', { id: crewId }],
    ['agent.created', { id: agentId, crew_id: crewId }],
    ['mission.created', { id: missionId, crew_id: crewId, status: 'PLANNING' }],
    ['task.created', { id: taskId, mission_id: missionId, status: 'PENDING' }],
    ['mission.updated', { id: missionId, crew_id: crewId, status: 'CANCELLED' }],
    ['task.updated', { id: taskId, mission_id: missionId, status: 'CANCELLED' }],
  ];
  for (const socket of [here, there]) {
    await soon(() => expect(events(socket, `workspace:${owner.workspaceId}`)).toEqual(expected));
  }
  await soon(() => {
    expect(events(here, `crew:${crewId}`)).toEqual([['mission.created', { id: missionId }]]);
    expect(events(here, `mission:${missionId}`)).toEqual([
      ['task.created', { id: taskId, mission_id: missionId, status: 'PENDING' }],
      ['mission.status', { id: missionId, status: 'CANCELLED' }],
      ['task.status', { id: taskId, status: 'CANCELLED' }],
    ]);
  });
  expect(JSON.stringify(here.frames)).not.toContain('Secret title');
});

test('foreign, unknown, malformed and unavailable channels are refused alike', async () => {
  const foreign = await createForeignRows(api);
  const socket = await open();
  const channels = [
    `workspace:${foreign.workspaceId}`,
    `journal:${foreign.workspaceId}`,
    `crew:${foreign.ids.crewId}`,
    `mission:${foreign.ids.missionId}`,
    'workspace:no-such-workspace',
    'crew:no-such-crew',
    'mission:no-such-mission',
    'agent:any-agent',
    'session:any-chat',
    `user:${foreign.owner.id}`,
    `files:${foreign.ids.crewId}`,
    `agent:${foreign.ids.agentId}`,
    `session:${foreign.ids.sessionId}`,
    `keeper:${foreign.workspaceId}`,
    'providers',
    'workspace:',
    `workspace:${owner.workspaceId}:x`,
    'x'.repeat(100),
  ];
  for (const channel of channels) socket.send({ type: 'subscribe', channel });
  await soon(() => expect(socket.of('error')).toHaveLength(channels.length));
  expect(socket.of('error')).toEqual(
    channels.map((channel) => ({
      type: 'error',
      channel,
      payload: { message: 'no such channel', error: 'not_found' },
    })),
  );
  await append(api.database, foreign.workspaceId, [{ summary: 'theirs' }]);
  await subscribe(socket, `journal:${owner.workspaceId}`);
  await append(api.database, owner.workspaceId, [{ summary: 'mine' }]);
  await soon(() => expect(socket.of('journal.entry')).toHaveLength(1));
  expect(socket.of('journal.entry')[0]!.payload).toMatchObject({ summary: 'mine' });
});

test('a token’s scopes hold on its socket', async () => {
  const made = await owner.send('POST', '/api/v1/auth/cli-token', { scopes: ['crews:read'] });
  const socket = await open(made.json<{ token: string }>());
  socket.send({ type: 'subscribe', channel: `journal:${owner.workspaceId}` });
  await soon(() => expect(socket.of('error', `journal:${owner.workspaceId}`)).toHaveLength(1));
  await subscribe(socket, `workspace:${owner.workspaceId}`);
  for (const url of ['/api/v1/agents', '/api/v1/crews']) {
    await owner.send('POST', url, { name: 'Name', slug: 'slug' });
  }
  await soon(() => expect(socket.of('crew.created')).toHaveLength(1));
  expect(socket.of('agent.created')).toEqual([]);
});

test('ping is answered, unknown types and frames that are not JSON get an error, too large ones the end', async () => {
  const socket = await open();
  socket.send({ type: 'ping' });
  socket.send({ type: 'send_message', payload: {} });
  socket.send('{');
  socket.send({ type: 'subscribe', channel: `workspace:${owner.workspaceId}`, payload: { after: 'x' } });
  socket.send({ type: 'unsubscribe', channel: `workspace:${owner.workspaceId}` });
  await soon(() => expect(socket.frames.slice(1)).toHaveLength(5));
  expect(socket.frames.slice(1).map(({ type, payload }) => payload?.error ?? type)).toEqual([
    'pong',
    'invalid_request',
    'invalid_request',
    'invalid_request',
    'not_found',
  ]);
  socket.send(`"${'x'.repeat(65_536)}"`);
  expect(await socket.closed).toBe(1009);
});

test('a socket that is cut resumes after its last seq on either process, with nothing lost and nothing twice', async () => {
  const channel = `journal:${owner.workspaceId}`;
  const total = 300;
  const writing = Promise.all(
    upTo(3).map(async () => {
      for (let n = 0; n < 100; n += 1) await append(api.database, owner.workspaceId, [{ summary: 'entry' }]);
    }),
  );
  const received: number[] = [];
  for (let round = 0; received.length < total; round += 1) {
    if (round > 200) throw new Error(`${received.length} of ${total} entries after ${round} sockets`);
    const socket = await open(owner, round % 2 === 0 ? api.port : second.port);
    await subscribe(socket, channel, { after: received.length });
    await soon(
      () => {
        const now = socket.of('journal.entry').length;
        expect(now > 10 + round || received.length + now >= total).toBe(true);
      },
      { interval: 5 },
    );
    socket.kill();
    await socket.closed;
    received.push(...socket.of('journal.entry').map(({ seq }) => seq!));
  }
  await writing;
  expect(received).toEqual(upTo(total));
});

test('unsubscribing ends a channel, and a burst larger than the buffer arrives whole', async () => {
  const socket = await open();
  const channel = `journal:${owner.workspaceId}`;
  await subscribe(socket, channel);
  await append(
    api.database,
    owner.workspaceId,
    upTo(2_500).map(() => ({ summary: 'x'.repeat(500) })),
  );
  await soon(() => expect(socket.of('journal.entry')).toHaveLength(2_500));
  expect(socket.of('journal.entry').map(({ seq }) => seq)).toEqual(upTo(2_500));
  socket.send({ type: 'unsubscribe', channel });
  await soon(() => expect(socket.of('unsubscribed', channel)).toHaveLength(1));
  const witness = await open();
  await subscribe(witness, channel);
  await append(api.database, owner.workspaceId, [{ summary: 'after' }]);
  await soon(() => expect(witness.of('journal.entry')).toHaveLength(1));
  expect(socket.of('journal.entry')).toHaveLength(2_500);
});

test('a socket that does not read is cut off and its place is free again', async () => {
  const strict = await startTestApi({
    over: api.testDatabase,
    bus: buses.open(),
    maxLiveClients: 1,
    realtimeTimings: { stallLimitMs: 500, lookEveryMs: 3_600_000 },
  });
  const strictPort = await listen(strict);
  const socket = await open(owner, strictPort);
  await subscribe(socket, `journal:${owner.workspaceId}`);
  await expect(openSocket(strictPort)).rejects.toThrow('503');
  socket.pause();
  // More than the kernel's buffers take.
  const padding = 'x'.repeat(1_900);
  for (let n = 0; n < 12; n += 1) {
    await append(
      api.database,
      owner.workspaceId,
      upTo(500).map(() => ({ summary: padding, payload: { padding } })),
    );
  }
  await soon(async () => (await openSocket(strictPort)).kill());
  socket.resume();
  expect(await socket.closed).toBe(1006);
  await strict.close();
}, 60_000);

test('a revoked token closes its sockets with a word: here at once, elsewhere at the next check', async () => {
  const made = (await owner.send('POST', '/api/v1/auth/cli-token', {})).json<{
    id: string;
    token: string;
  }>();
  const [here, there, other] = [await open(made), await open(made, second.port), await open(owner, second.port)];
  await owner.send('DELETE', `/api/v1/auth/cli-tokens/${made.id}`);
  expect(await Promise.all([here.closed, there.closed])).toEqual([4401, 4401]);
  for (const socket of [here, there]) expect(socket.frames.at(-1)).toMatchObject({ type: 'session_revoked' });
  other.send({ type: 'ping' });
  await soon(() => expect(other.of('pong')).toHaveLength(1));
});

test('a socket by an API key or an access token ends when its maker leaves, or the session does', async () => {
  const member = await api.addMember(owner.workspaceId, 'MANAGER');
  const { jwt } = await api.signIn(member.id);
  const made = await api.call(jwt, { method: 'POST', url: '/api/v1/auth/api-keys', payload: { name: 'Key' } });
  const { key } = made.json<{ key: string }>();
  const other = await api.signIn(member.id);
  const [byKey, bySession, stays] = [await open({ token: key }), await open({ token: jwt }), await open()];
  await api.call(jwt, { method: 'POST', url: '/api/v1/auth/logout' });
  expect(await bySession.closed).toBe(4401);
  byKey.send({ type: 'ping' });
  await soon(() => expect(byKey.of('pong')).toHaveLength(1));
  const members = await owner.send('GET', `/api/v1/workspaces/${owner.workspaceId}/members`);
  const { id } = members.json<{ id: string; user_id: string }[]>().find((one) => one.user_id === member.id)!;
  await owner.send('DELETE', `/api/v1/workspaces/${owner.workspaceId}/members/${id}`);
  expect(await byKey.closed).toBe(4401);
  stays.send({ type: 'ping' });
  await soon(() => expect(stays.of('pong')).toHaveLength(1));
  expect((await api.call(other.jwt, { method: 'GET', url: '/api/v1/workspaces' })).json()).toEqual([]);
});

test('closing the process closes its sockets, and they may come back elsewhere', async () => {
  const third = await startTestApi({ over: api.testDatabase, bus: buses.open() });
  const thirdPort = await listen(third);
  const [known, unknown] = [await open(owner, thirdPort), await openSocket(thirdPort)];
  await subscribe(known, `journal:${owner.workspaceId}`);
  await third.close();
  expect(await Promise.all([known.closed, unknown.closed])).toEqual([1001, 1001]);
});

test('a membership that is lost ends the channels of its workspace and leaves the socket open', async () => {
  const other = await api.addWorkspace();
  const member = await api.addMember(owner.workspaceId, 'VIEWER');
  await api.joinWorkspace(other, member.id);
  const socket = await open(member, second.port);
  for (const id of [owner.workspaceId, other]) await subscribe(socket, `journal:${id}`);
  await api.removeMember(owner.workspaceId, member.id);
  await soon(() => expect(socket.of('error', `journal:${owner.workspaceId}`)).toHaveLength(1));
  expect(socket.of('error')[0]!.payload).toMatchObject({ error: 'access_revoked' });
  await append(api.database, owner.workspaceId, [{ summary: 'not for them' }]);
  await append(api.database, other, [{ summary: 'for them' }]);
  await soon(() => expect(socket.of('journal.entry')).toHaveLength(1));
  expect(socket.of('journal.entry')[0]!.payload).toMatchObject({ summary: 'for them' });
});

test('what agents asked the keeper for is heard by those who manage, for as long as they do', async () => {
  const channel = `keeper:${owner.workspaceId}`;
  const admin = await api.addMember(owner.workspaceId, 'ADMIN');
  const manager = await api.addMember(owner.workspaceId, 'MANAGER');
  const refused = await open(manager);
  refused.send({ type: 'subscribe', channel });
  await soon(() => expect(refused.of('error', channel)).toHaveLength(1));
  const socket = await open(admin, second.port);
  await subscribe(socket, channel);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE memberships SET role = 'MEMBER' WHERE user_id = ${admin.id}`),
  );
  await soon(() => expect(socket.of('error', channel)[0]!.payload).toMatchObject({ error: 'access_revoked' }));
});
