import { rm } from 'node:fs/promises';
import { chmod, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { relocatedDirectory } from '../../deploy/local/services/postgres-home.ts';
import { withPostgres } from '../../deploy/local/services/postgres-protocol.ts';
import { startServices } from '../../deploy/local/services/start-services.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

test('DATABASE_URL is used as it is, and nothing is started for it', async () => {
  await using server = await makeScratchDir();
  await using user = await makeScratchDir();
  const given = await startServices({
    dataDir: server.dir,
    parts: ['postgres'],
    log: () => {},
    env: plainEnvironment(),
  });
  const services = await startServices({
    dataDir: user.dir,
    parts: ['postgres'],
    log: () => {},
    env: plainEnvironment({ DATABASE_URL: given.databaseUrl }),
  });
  expect(services.databaseUrl).toBe(given.databaseUrl);
  expect(services.chosen.postgres).toMatch(/^DATABASE_URL \(127\.0\.0\.1:\d+\/crewship\)$/);
  await services.stop();
  await withPostgres(given.databaseUrl ?? '', (client) => client.query('select 1'));
  await given.stop();
}, 60_000);

test('a DATABASE_URL that does not answer is refused, not replaced, and its password is not shown', async () => {
  await using scratch = await makeScratchDir();
  const env = plainEnvironment({ DATABASE_URL: 'postgresql://owner:hidden-word@127.0.0.1:1/crewship' });
  const attempt = startServices({ dataDir: scratch.dir, parts: ['postgres'], log: () => {}, env });
  const error = await attempt.then(
    () => new Error('it started'),
    (reason: Error) => reason,
  );
  expect(error.message).toContain('DATABASE_URL: 127.0.0.1:1/crewship does not answer');
  expect(error.message).toContain('unset it to use the embedded Postgres');
  expect(error.message).not.toContain('hidden-word');
});

test('a part that is optional and cannot be had is reported, and the others start', async () => {
  await using scratch = await makeScratchDir();
  const services = await startServices({
    dataDir: scratch.dir,
    parts: ['redis', 'docker', 'image'],
    optional: ['docker', 'image'],
    log: () => {},
    env: plainEnvironment({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }),
  });
  expect(services.missing.docker).toContain('DOCKER_HOST: unix:///nowhere/docker.sock does not answer');
  expect(services.missing.image).toBe('it needs Docker');
  expect(services.redisUrl).toBeDefined();
  await services.stop();
}, 60_000);

test('a checkout that the Postgres user cannot enter has its data elsewhere, and the log says where', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root runs Postgres as another user');
  await using scratch = await makeScratchDir();
  const dataDir = `${scratch.dir}/inner/data`;
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  await (await startServices({ dataDir, parts: ['redis'], log: () => {}, env: plainEnvironment() })).stop();
  await chmod(scratch.dir, 0o700);
  const moved = relocatedDirectory(dataDir);
  try {
    const services = await startServices({ dataDir, parts: ['postgres'], log, env: plainEnvironment() });
    await withPostgres(services.databaseUrl ?? '', (client) => client.query('select 1'));
    await services.stop();
    expect((await stat(`${moved}/postgres`)).isDirectory()).toBe(true);
    expect(lines.join('\n')).toContain(
      `its data is in ${moved}/postgres, as the user postgres cannot enter ${scratch.dir}`,
    );
  } finally {
    await rm(moved, { recursive: true, force: true });
  }
}, 60_000);
