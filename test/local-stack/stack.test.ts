import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { withPostgres } from '../../deploy/local/services/postgres-protocol.ts';
import { startStack } from '../../deploy/local/stack.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

const processes = [
  { name: 'api', entry: 'api.mjs', readiness: 'http', stopGroup: 1 },
  { name: 'worker', entry: 'worker.mjs', readiness: 'message', stopGroup: 2 },
] as const;

/** Programs in place of ours: they note their environment and when they stop. */
async function writePrograms(root: string): Promise<void> {
  const note = `import { appendFileSync, writeFileSync } from 'node:fs';
    const noteStop = (name) => process.on('SIGTERM', () => {
      appendFileSync('stops', name + '\\n');
      process.exit(0);
    });`;
  const api = `${note} import { createServer } from 'node:http'; noteStop('api');
    writeFileSync('api.env', JSON.stringify(process.env));
    createServer((request, response) => response.end('{"status":"ok"}'))
      .listen(process.env.CREWSHIP_LISTEN_PORT, '127.0.0.1');`;
  const worker = `${note} noteStop('worker'); setInterval(() => {}, 1_000); process.send({ type: 'ready' });`;
  await writeFile(path.join(root, 'api.mjs'), api);
  await writeFile(path.join(root, 'worker.mjs'), worker);
}

test('the stack migrates, gives its processes what they need but not the owner login, and leaves nothing behind', async (context) => {
  const missing = process.env.CREWSHIP_TEST_DOCKER_MISSING;
  if (missing) return context.skip(missing);
  await using scratch = await makeScratchDir();
  await writePrograms(scratch.dir);
  const image = process.env.CREWSHIP_TEST_RUNTIME_IMAGE ?? process.env.CREWSHIP_RUNTIME_IMAGE;
  const env = plainEnvironment({
    CREWSHIP_RUNTIME_IMAGE: image,
    DOCKER_HOST: process.env.CREWSHIP_TEST_DOCKER_HOST ?? process.env.DOCKER_HOST,
  });
  const dataDir = path.join(scratch.dir, 'data');
  const stack = await startStack({ dataDir, log: () => {}, env, processes, root: scratch.dir });

  const given = JSON.parse(await readFile(path.join(scratch.dir, 'api.env'), 'utf8')) as Record<string, string>;
  expect(given.DATABASE_URL).toBeUndefined();
  expect(given).toMatchObject({
    CREWSHIP_MODE: 'local',
    CREWSHIP_STACK_ID: stack.stackId,
    REDIS_URL: stack.services.redisUrl,
  });
  for (const url of [given.CREWSHIP_APP_DATABASE_URL, given.CREWSHIP_SYSTEM_DATABASE_URL]) {
    const { rows } = await withPostgres(url ?? '', (client) =>
      client.query<{ rolsuper: boolean }>('select rolsuper from pg_roles where rolname = current_user'),
    );
    expect(rows).toEqual([{ rolsuper: false }]);
  }
  const docker = connectDocker(stack.services.dockerHost ?? '');
  const container = await docker.createContainer({
    Image: stack.services.runtimeImage ?? '',
    Cmd: ['sleep', '600'],
    Labels: { 'crewship.stack': stack.stackId },
    HostConfig: { NetworkMode: 'none' },
  });
  await container.start();

  await stack.stop();
  await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
  expect(await readFile(path.join(scratch.dir, 'stops'), 'utf8')).toBe('api\nworker\n');
  expect(stack.services.context.records.listLive()).toEqual([]);
  await expect(fetch(stack.apiUrl)).rejects.toThrow();
}, 120_000);
