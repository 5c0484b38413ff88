import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { followAttempt } from '../../../activities/work/runs/exec/follow-attempt.ts';
import { createDockerClient } from '../../../platform/docker/docker-client.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import { createDockerEvents, type DockerEvent } from '../../../platform/docker/docker-events.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createDockerFixture, DOCKER_HOST, finish, startCrew } from '../../support/container-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

let directory: string;

const fixture = perFile(() => createDockerFixture());
const crew = perFile(() => startCrew(fixture));
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'docker-events-'));
}, 60_000);

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** A way to the daemon that can be cut. */
async function createCuttableWay() {
  const socketPath = path.join(directory, `${newId()}.sock`);
  const open = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const url = new URL(DOCKER_HOST);
    const daemon = url.protocol === 'unix:' ? net.connect(url.pathname) : net.connect(Number(url.port), url.hostname);
    for (const socket of [client, daemon]) {
      open.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          open.delete(socket);
          client.destroy();
          daemon.destroy();
        });
    }
    client.pipe(daemon).pipe(client);
  });
  const listen = () => new Promise<void>((resolve) => server.listen(socketPath, resolve));
  await listen();
  return {
    dockerHost: `unix://${socketPath}`,
    listen,
    cut: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

test('the end of an exec that happens while the connection is down is still heard, once', async () => {
  const way = await createCuttableWay();
  const docker = createDockerClient(way.dockerHost);
  const events = createDockerEvents({ docker, label: `${LABEL.stack}=${fixture.stackId}` });
  const heard: DockerEvent[] = [];
  events.subscribe((event) => heard.push(event));
  await events.ready;

  const run = async () => {
    const attemptId = newId();
    const execId = await crew.start(attemptId, ['/bin/true']);
    await finish(crew.follow(attemptId, execId));
    return execId;
  };
  const before = await run();
  await expect.poll(() => heard.filter((e) => e.kind === 'exec_die').length, { timeout: 5_000 }).toBe(1);
  await way.cut();
  const during = await run();
  await way.listen();
  await expect.poll(() => heard.filter((e) => e.kind === 'exec_die').length, { timeout: 10_000 }).toBe(2);
  const after = await run();
  await expect.poll(() => heard.filter((e) => e.kind === 'exec_die').length, { timeout: 5_000 }).toBe(3);
  expect(heard.flatMap((e) => (e.kind === 'exec_die' ? [e.execId] : []))).toEqual([before, during, after]);
  expect(heard.filter((e) => e.kind === 'resync').length).toBeGreaterThanOrEqual(2);
  await events.close();
  await way.cut();
});

test('a follower whose events are cut hears of the end when they are back', async () => {
  const way = await createCuttableWay();
  const events = createDockerEvents({
    docker: createDockerClient(way.dockerHost),
    label: `${LABEL.stack}=${fixture.stackId}`,
  });
  await events.ready;
  const followed = await followThrough(events);
  await way.cut();
  await crew.sh(`echo on >/workspace/go-${followed.attemptId}`);
  await way.listen();
  expect((await followed.done).end).toMatchObject({ outcome: 'exited', exitCode: 5 });
  await events.close();
  await way.cut();
});

async function followThrough(events: ReturnType<typeof createDockerEvents>) {
  const attemptId = newId();
  await crew.sh(`mkfifo /workspace/go-${attemptId}`);
  const execId = await crew.start(attemptId, ['/bin/sh', '-c', `read -r l </workspace/go-${attemptId}; exit 5`]);
  const attempt = {
    crewId: crew.spec.crewId,
    attemptId,
    execId,
    fromOffset: 0,
    outputLimitBytes: 1_024,
    signal: new AbortController().signal,
  };
  const deps = { ...fixture.attempts, events };
  return { attemptId, done: finish(followAttempt(deps, attempt)) };
}

test('a daemon that is not there is unavailable', async () => {
  const docker = createDockerClient(`unix://${path.join(directory, 'none.sock')}`);
  await expect(docker.ping()).rejects.toSatisfy((e) => isDockerError(e, 'unavailable'));
  const events = createDockerEvents({ docker, label: 'x=y' });
  await events.close();
});
