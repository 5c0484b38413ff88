import { realpathSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { identifyProcess, isAlive, signalProcess } from '../supervision/process-identity.ts';
import { keepRunning } from '../supervision/keep-running.ts';
import { withPorts } from '../supervision/local-ports.ts';
import { type ManagedProcess, startOrAdoptProcess } from '../supervision/managed-process.ts';
import { waitUntilHealthy } from '../supervision/wait-until-healthy.ts';
import { inspectWays, type PartContext, resolvePart, type RunningPart, type Service } from './part.ts';
import { postgresWays } from './postgres-binaries.ts';
import {
  asUser,
  POSTGRES_OWNER,
  postgresEnvironment,
  type PostgresHome,
  preparePostgresHome,
} from './postgres-home.ts';
import { checkPostgres, describeUrl, ensureDatabase } from './postgres-protocol.ts';

const DEFAULT_PORT = 5_432;
const DATABASE = 'crewship';
const START_DEADLINE_MS = 60_000;
/** A parallel worker's two cores of a laptop are shared with everything else; the rest are Postgres's defaults. */
const SETTINGS = ['max_connections=200', 'shared_buffers=256MB', 'max_wal_size=1GB', 'log_min_messages=warning'];

/** Postgres 15 or newer. The address is the URL of its owner login and the database `crewship`. */
export function createPostgresService(context: PartContext): Service<string> {
  const ways = postgresWays(context.env);

  async function start(): Promise<RunningPart<string>> {
    const { label, value: source } = await resolvePart('postgres', ways, context.log);
    if (source.kind === 'url') {
      return { address: source.url, chosen: `DATABASE_URL (${describeUrl(source.url)})`, stop: async () => {} };
    }
    const home = await preparePostgresHome(context, source);
    return withPorts(
      context.ports,
      [['postgres', DEFAULT_PORT]],
      { held: context.records.findLive('postgres') !== undefined },
      async (port) => {
        const url = (database: string) =>
          `postgresql://${POSTGRES_OWNER}:${context.secrets.postgresPassword}@127.0.0.1:${port}/${database}`;
        const kept = await keepRunning({
          name: 'postgres',
          log: context.log,
          launch: () => launch(context, home, port, url('postgres')),
        });
        await ensureDatabase(url('postgres'), DATABASE).catch(async (error: unknown) => {
          await kept.stop();
          throw error;
        });
        return {
          address: url(DATABASE),
          chosen: `${label}, on 127.0.0.1:${port}`,
          stop: kept.stop,
        };
      },
    );
  }

  return {
    part: 'postgres',
    inspect: () => inspectWays(ways),
    start,
    async checkHealth(address) {
      await checkPostgres(address);
    },
  };
}

async function launch(context: PartContext, home: PostgresHome, port: number, url: string): Promise<ManagedProcess> {
  if (!context.records.findLive('postgres')) await stopUnrecordedServer(home, context);
  const extra = (context.env.CREWSHIP_POSTGRES_SETTINGS ?? '').split(',').filter((setting) => setting !== '');
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'logging_collector=off',
    ...SETTINGS,
    ...extra,
  ];
  const logFile = path.join(context.dataDir, 'logs', 'postgres.log');
  const process = await startOrAdoptProcess(context.records, {
    name: 'postgres',
    command: path.join(home.binDir, 'postgres'),
    args: ['-D', home.clusterDir, ...settings.flatMap((setting) => ['-c', setting])],
    env: postgresEnvironment(context),
    cwd: '/',
    ...asUser(home.user),
    logFile,
    // Fast shutdown: clients are disconnected, nothing committed is lost.
    stopSignal: 'SIGINT',
  });
  if (process.adopted) context.log(`postgres: adopted process ${process.pid}, left by an earlier supervisor`);
  try {
    await waitUntilHealthy({
      name: 'postgres',
      check: () => checkPostgres(url).then(() => undefined),
      exited: process.exited,
      deadlineMs: START_DEADLINE_MS,
      logFile,
    });
  } catch (error) {
    await process.stop();
    throw error;
  }
  return process;
}

/**
 * A server that runs on this cluster without a record of ours (the record was lost) would make every start fail. It is
 * stopped if it provably belongs to this cluster: a postmaster works in its data directory.
 */
async function stopUnrecordedServer(home: PostgresHome, context: PartContext): Promise<void> {
  const pidFile = await readFile(path.join(home.clusterDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const identity = pidFile === undefined ? undefined : identifyProcess(Number(pidFile.split('\n')[0]));
  if (!identity) return;
  const directory = await readlink(`/proc/${identity.pid}/cwd`).catch(() => undefined);
  if (directory !== realpathSync(home.clusterDir)) return;
  context.log(`postgres: stopping process ${identity.pid}, an unrecorded server of ${home.clusterDir}`);
  signalProcess(identity, 'SIGINT');
  await waitUntilHealthy({
    name: `the end of Postgres process ${identity.pid}`,
    check: async () => {
      if (isAlive(identity)) throw new Error('it still runs');
    },
    deadlineMs: 30_000,
  });
}
