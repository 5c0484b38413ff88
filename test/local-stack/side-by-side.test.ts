import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withPostgres } from '../../deploy/local/services/postgres-protocol.ts';
import { checkRedis } from '../../deploy/local/services/redis-protocol.ts';
import { startServices } from '../../deploy/local/services/start-services.ts';
import { checkTemporal } from '../../deploy/local/services/temporal-protocol.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

const parts = ['postgres', 'redis', 'temporal'] as const;

test('two stacks that start at the same time run side by side, and a second start has the same addresses and data', async () => {
  await using first = await makeScratchDir();
  await using second = await makeScratchDir();
  const start = (dataDir: string) => startServices({ dataDir, parts, log: () => {}, env: plainEnvironment() });

  const [one, two] = await Promise.all([start(first.dir), start(second.dir)]);
  for (const services of [one, two]) {
    await withPostgres(services.databaseUrl ?? '', (client) => client.query('create table kept (value int)'));
    await checkRedis(services.redisUrl ?? '');
    await checkTemporal(services.temporalAddress ?? '');
    expect((await fetch(services.temporalUiUrl ?? '')).status).toBe(200);
  }
  const addresses = [one, two].flatMap((s) => [s.databaseUrl, s.redisUrl, s.temporalAddress, s.temporalUiUrl]);
  const ports = addresses.map((address) => /:(\d+)(\/\w*)?$/.exec(address ?? '')?.[1]);
  expect(new Set(ports).size).toBe(8);
  await Promise.all([one.stop(), two.stop()]);

  const again = await start(first.dir);
  expect([again.databaseUrl, again.redisUrl, again.temporalAddress, again.temporalUiUrl]).toEqual([
    one.databaseUrl,
    one.redisUrl,
    one.temporalAddress,
    one.temporalUiUrl,
  ]);
  await withPostgres(again.databaseUrl ?? '', (client) => client.query('select value from kept'));
  await again.stop();
}, 120_000);

test('secrets are readable by their owner only, and no log or report shows one', async () => {
  await using scratch = await makeScratchDir();
  const lines: string[] = [];
  const services = await startServices({
    dataDir: scratch.dir,
    parts: ['postgres', 'redis'],
    log: (line) => lines.push(line),
    env: plainEnvironment(),
  });
  await services.stop();

  const secretsFile = path.join(scratch.dir, 'secrets.json');
  expect((await stat(secretsFile)).mode & 0o777).toBe(0o600);
  const { stackId: _, ...secrets } = JSON.parse(await readFile(secretsFile, 'utf8')) as Record<string, string>;
  const logs = await Promise.all(
    ['postgres', 'redis'].map((name) =>
      readFile(path.join(scratch.dir, 'logs', `${name}.log`), 'utf8').catch(() => ''),
    ),
  );
  const said = [...lines, ...logs, JSON.stringify(services.chosen)].join('\n');
  for (const secret of Object.values(secrets)) expect(said).not.toContain(secret);
}, 60_000);
