import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeBuildOutput } from '../../../activities/crews/provisioning/store-build-output.ts';
import { beginBuildStep } from '../../../commands/engine/provisioning/advance-build.ts';
import { addressOf, beatTestHost, configNamed, playBuild, readBuilds } from '../../crews/provisioning/build-fixture.ts';
import type { TestUser } from '../../support/test-api.ts';
import { openBuses, startListeningApi } from './live-journal.ts';
import { openSocket, type SocketClient, socketToken } from './socket-client.ts';
import { perFile } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const sockets: SocketClient[] = [];

const buses = perFile(() => openBuses('provision-log'));
const api = perFile(() =>
  startListeningApi({ bus: buses.open(), provisions: { countStart: async () => {} }, provisionsAtOnce: 4 }),
);
beforeAll(() => beatTestHost(api.database));
afterAll(() => {
  for (const socket of sockets) socket.kill();
});

async function subscribed(token: string, channel: string): Promise<SocketClient> {
  const socket = await openSocket(api.port);
  sockets.push(socket);
  socket.send({ type: 'auth', token: await socketToken(api, token) });
  await soon(() => expect(socket.of('ready')).toHaveLength(1));
  socket.send({ type: 'subscribe', channel });
  await soon(() => expect(socket.of('subscribed', channel)).toHaveLength(1));
  return socket;
}

interface Following {
  readonly owner: TestUser;
  readonly workspaceId: string;
  readonly crewId: string;
}

/** A crew of a workspace of its own that waits for the image that all of them want. */
async function follow(): Promise<Following> {
  const workspaceId = await api.addWorkspace();
  const owner = await api.addMember(workspaceId, 'OWNER');
  const payload = { name: 'Crew', slug: 'crew', devcontainer_config: configNamed('followed') };
  const { id } = (await owner.send('POST', '/api/v1/crews', payload)).json<{
    id: string;
  }>();
  return { owner, workspaceId, crewId: id };
}

const logsOf = (socket: SocketClient) => socket.of('provision.event').filter(({ payload }) => payload!.event === 'log');

test('new lines of a build are told to those who listen in its followers’ workspaces, and to nobody else', async () => {
  const [one, two, stranger] = [await follow(), await follow(), await api.addWorkspace()];
  const [build, ...more] = await readBuilds(api.database);
  expect(more).toEqual([]);
  const strangers = await api.addMember(stranger, 'OWNER');
  const narrow = await one.owner.send('POST', '/api/v1/auth/cli-token', { scopes: ['missions:read'] });
  const listening = {
    one: await subscribed(one.owner.token, `workspace:${one.workspaceId}`),
    two: await subscribed(two.owner.token, `workspace:${two.workspaceId}`),
    journal: await subscribed(one.owner.token, `journal:${one.workspaceId}`),
    narrow: await subscribed(narrow.json<{ token: string }>().token, `workspace:${one.workspaceId}`),
    stranger: await subscribed(strangers.token, `workspace:${stranger}`),
  };
  const deps = { db: api.database, bus: buses.open() };
  const address = addressOf(build!);
  await playBuild(api.database, address, 'validate');
  await beginBuildStep(api.database, address, 'pull-base');
  await storeBuildOutput(deps, build!.id, ['s3cret line']);
  await storeBuildOutput(deps, build!.id, ['s3cret line', 'another']);
  for (const [socket, { workspaceId, crewId }] of [
    [listening.one, one],
    [listening.two, two],
  ] as const) {
    await soon(() => expect(logsOf(socket)).toHaveLength(2));
    const channel = `workspace:${workspaceId}`;
    expect(logsOf(socket)[0]).toEqual({ type: 'provision.event', channel, payload: { crew_id: crewId, event: 'log' } });
  }
  const status = await one.owner.send('GET', '/api/v1/crews/crew/provision');
  expect(status.json()).toMatchObject({ status: 'running', log_tail: ['s3cret line', 'another'] });

  // Later than its end a build says nothing.
  await playBuild(api.database, address);
  await storeBuildOutput(deps, build!.id, ['too late']);
  const last = await follow();
  expect((await readBuilds(api.database)).length).toBe(1);
  const after = await subscribed(last.owner.token, `workspace:${last.workspaceId}`);
  await deps.bus.publish({ topic: 'provision_log', workspaceId: last.workspaceId, id: last.crewId });
  await soon(() => expect(logsOf(after)).toHaveLength(1));
  expect([logsOf(listening.one).length, logsOf(listening.two).length]).toEqual([2, 2]);
  for (const socket of [listening.journal, listening.narrow, listening.stranger]) expect(logsOf(socket)).toEqual([]);
});
