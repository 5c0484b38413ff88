import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { createInternalTokens } from '../../platform/internal-tokens/internal-tokens.ts';
import { startTestRedis } from '../platform/bus/test-redis.ts';
import { addCrew, addMission, startApiWithHost } from '../support/mission-crew.ts';
import { callSocket, type InternalAnswer, TEST_MASTER, untilServed } from '../support/sidecar-api.ts';
import { perFile } from '../support/world/per-file.ts';
import { soon } from '../support/soon.ts';

let dataDir: string;
let socketPath: string;
let token: string;
const running: ChildProcess[] = [];

const redis = perFile(() => startTestRedis('restart'));
const api = perFile(() => startApiWithHost());
const crew = perFile(() => addCrew(api));
const mission = perFile(() => addMission(crew));
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'cs-'));
  await chmod(dataDir, 0o711);
  const directory = path.join(dataDir, 'hosts', 'local', 'sockets', crew.crewId);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  socketPath = path.join(directory, 'api.sock');
  const { workspaceId, crewId } = crew;
  token = createInternalTokens([TEST_MASTER]).issue({ kind: 'crew', workspaceId, crewId });
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** The API process as it is run, without Temporal, which it does not need to accept and to wait. */
async function startProcess(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('../../api/main.ts', import.meta.url)), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      CREWSHIP_MODE: 'local',
      CREWSHIP_API_ROLE: 'internal',
      CREWSHIP_APP_DATABASE_URL: api.testDatabase.appUrl,
      CREWSHIP_SYSTEM_DATABASE_URL: api.testDatabase.systemUrl,
      CREWSHIP_STACK_ID: api.testDatabase.name.replaceAll('_', '-').slice(-40),
      CREWSHIP_WRITE_POOL_SIZE: '2',
      CREWSHIP_READ_POOL_SIZE: '2',
      CREWSHIP_SYSTEM_POOL_SIZE: '2',
      REDIS_URL: redis.redisUrl,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      CREWSHIP_DATA_DIR: dataDir,
      CREWSHIP_INTERNAL_TOKEN: TEST_MASTER,
    },
  });
  running.push(child);
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`the API exited with ${child.exitCode}`);
    }),
  ]);
  await untilServed(socketPath);
  return child;
}

async function ask(): Promise<string> {
  const body = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: mission.id };
  const answer = await callSocket(socketPath, { path: '/api/v1/internal/escalations', token, body });
  expect(answer.status).toBe(201);
  return answer.body.escalation_id as string;
}

const waitOnce = (id: string) => callSocket(socketPath, { path: `/api/v1/internal/escalations/${id}/wait`, token });

/** As the sidecar waits: asked again of an API that went away. */
async function waitThroughRestarts(id: string, onRetry: () => void): Promise<InternalAnswer> {
  for (;;) {
    const answer = await waitOnce(id).catch((error: NodeJS.ErrnoException) => error);
    if (!(answer instanceof Error) && answer.status !== 503) return answer;
    onRetry();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A short poll that came after the long one has been through all of its wait: so the long one is parked. */
async function untilParked(id: string): Promise<void> {
  const answer = await callSocket(socketPath, {
    path: `/api/v1/internal/escalations/${id}/wait?timeout_seconds=1`,
    token,
  });
  expect(answer.status).toBe(408);
}

async function resolve(id: string): Promise<void> {
  const url = `/api/v1/escalations/${id}/resolve`;
  const payload = { resolution: 'Left' };
  await crew.owner.patch(url, payload);
}

test('an API killed while a client waits: the client comes back and gets the answer', async () => {
  const first = await startProcess();
  const id = await ask();
  let retries = 0;
  const answered = waitThroughRestarts(id, () => {
    retries += 1;
  });
  await untilParked(id);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await resolve(id);
  await startProcess();
  expect((await answered).body).toMatchObject({ status: 'RESOLVED', resolution: 'Left' });
  expect(retries).toBeGreaterThan(0);
  // Two starts of a whole process, on a machine that may be busy.
}, 60_000);

test('an answer whose committer died before the wake reaches the parked client through another process', async () => {
  const id = await ask();
  const answered = waitOnce(id);
  await untilParked(id);
  // Committed by this process, which has no relay: as if it had died right after.
  await resolve(id);
  const since = performance.now();
  expect((await answered).body.status).toBe('RESOLVED');
  expect(performance.now() - since).toBeLessThan(10_000);
  // Published first and deleted then: the command is gone a moment after the answer.
  const wakes = sql`SELECT 1 FROM outbox WHERE target = ${`escalation:${id}`}`;
  await soon(async () => expect(await api.database.systemReads.any([], wakes)).toHaveLength(0));
});

test('an API that is told to stop sends waiting clients away to ask again, and exits', async () => {
  const child = running.at(-1)!;
  const id = await ask();
  const parked = waitOnce(id);
  await untilParked(id);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const answer = await parked;
  expect([answer.status, answer.body.code]).toEqual([503, 'unavailable']);
  expect((await exited)[0]).toBe(0);
});
