import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withPostgres } from '../../deploy/local/services/postgres-protocol.ts';
import { checkRedis } from '../../deploy/local/services/redis-protocol.ts';
import { startServices } from '../../deploy/local/services/start-services.ts';
import { identifyProcess, isAlive, type ProcessIdentity } from '../../deploy/local/supervision/process-identity.ts';
import { openProcessRecords, type ProcessRecords } from '../../deploy/local/supervision/process-records.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

async function startSupervisor(dataDir: string): Promise<{ child: ChildProcess; databaseUrl: string }> {
  const program = path.join(import.meta.dirname, 'supervisor-process.ts');
  const child = fork(program, [dataDir, 'postgres,redis'], {
    env: plainEnvironment() as NodeJS.ProcessEnv,
    execArgv: [],
  });
  const [{ databaseUrl }] = (await once(child, 'message')) as [{ databaseUrl: string }];
  return { child, databaseUrl };
}

async function killHard(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function identityOf(records: ProcessRecords, name: string): ProcessIdentity {
  const record = records.findLive(name);
  if (!record) throw new Error(`${name} does not run`);
  return record.identity;
}

test('after a kill -9 of the supervisor the next one adopts its parts, keeps them running, and stops them', async () => {
  await using scratch = await makeScratchDir();
  const { child, databaseUrl } = await startSupervisor(scratch.dir);
  const records = openProcessRecords(path.join(scratch.dir, 'processes'));
  const postgres = identityOf(records, 'postgres');
  const redis = identityOf(records, 'redis');
  await killHard(child);

  const lines: string[] = [];
  const healthyAgain = Promise.withResolvers<void>();
  const log = (line: string) => {
    lines.push(line);
    if (line === 'redis: healthy again') healthyAgain.resolve();
  };
  const parts = ['postgres', 'redis'] as const;
  const services = await startServices({ dataDir: scratch.dir, parts, log, env: plainEnvironment() });
  expect(services.databaseUrl).toBe(databaseUrl);
  expect(identityOf(records, 'postgres')).toEqual(postgres);
  expect(lines).toContain(`postgres: adopted process ${postgres.pid}, left by an earlier supervisor`);

  process.kill(redis.pid, 'SIGKILL');
  await healthyAgain.promise;
  await checkRedis(services.redisUrl ?? '');
  const restarted = identityOf(records, 'redis');

  await services.stop();
  expect([postgres, redis, restarted].map(isAlive)).toEqual([false, false, false]);
}, 60_000);

test('a leftover that this start does not need is stopped, and a reused process id is never touched', async () => {
  await using scratch = await makeScratchDir();
  const records = openProcessRecords(path.join(scratch.dir, 'processes'));
  const [leftover, stranger] = [spawn('sleep', ['600']), spawn('sleep', ['600'])];
  const [ours, theirs] = [identifyProcess(leftover.pid ?? 0), identifyProcess(stranger.pid ?? 0)];
  if (!ours || !theirs) throw new Error('sleep did not start');
  records.write('api', { identity: ours, fingerprint: '', stopSignal: 'SIGTERM' });
  records.write('control', { identity: { ...theirs, startedAt: 'earlier' }, fingerprint: '', stopSignal: 'SIGTERM' });

  const services = await startServices({
    dataDir: scratch.dir,
    parts: ['redis'],
    log: () => {},
    env: plainEnvironment(),
  });
  expect(isAlive(ours)).toBe(false);
  expect(isAlive(theirs)).toBe(true);
  await services.stop();
  stranger.kill();
}, 60_000);

test('a Postgres whose record was lost is stopped and started again on the same data', async () => {
  await using scratch = await makeScratchDir();
  const { child, databaseUrl } = await startSupervisor(scratch.dir);
  await withPostgres(databaseUrl, (client) => client.query('create table kept (value int)'));
  await killHard(child);
  const records = openProcessRecords(path.join(scratch.dir, 'processes'));
  const lost = identityOf(records, 'postgres');
  records.remove('postgres');

  const services = await startServices({
    dataDir: scratch.dir,
    parts: ['postgres'],
    log: () => {},
    env: plainEnvironment(),
  });
  expect(isAlive(lost)).toBe(false);
  await withPostgres(services.databaseUrl ?? '', (client) => client.query('select value from kept'));
  await services.stop();
}, 60_000);
