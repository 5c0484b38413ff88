import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { keepRunning } from '../supervision/keep-running.ts';
import { withPorts } from '../supervision/local-ports.ts';
import { type ManagedUnit, startOrAdoptProcess } from '../supervision/managed-process.ts';
import { waitUntilHealthy } from '../supervision/wait-until-healthy.ts';
import { startManagedContainer } from './managed-container.ts';
import { inspectWays, type PartContext, resolvePart, type RunningPart, type Service } from './part.ts';
import { bareEnvironment } from './run-command.ts';
import { temporalServerFlags } from './temporal-flags.ts';
import { checkTemporal } from './temporal-protocol.ts';
import { type TemporalSource, temporalWays } from './temporal-ways.ts';

export type TemporalAddress = { address: string; uiUrl?: string };

const DEFAULT_PORT = 7_233;
const DEFAULT_UI_PORT = 8_233;
const START_DEADLINE_MS = 60_000;

/** Temporal: a dev server with its database in a file. The address is host:port of its gRPC service. */
export function createTemporalService(context: PartContext): Service<TemporalAddress> {
  const ways = temporalWays(context.env, context.log);

  async function start(): Promise<RunningPart<TemporalAddress>> {
    const { label, value: source } = await resolvePart('temporal', ways, context.log);
    if (source.kind === 'address') {
      const uiUrl = context.env.CREWSHIP_TEMPORAL_UI_URL;
      const address = { address: source.address, ...(uiUrl ? { uiUrl } : {}) };
      return { address, chosen: `TEMPORAL_ADDRESS (${source.address})`, stop: async () => {} };
    }
    return withPorts(
      context.ports,
      [
        ['temporal', DEFAULT_PORT],
        ['temporal-ui', DEFAULT_UI_PORT],
      ],
      { held: context.records.findLive('temporal') !== undefined },
      async (port = DEFAULT_PORT, uiPort = DEFAULT_UI_PORT) => {
        const kept = await keepRunning({
          name: 'temporal',
          log: context.log,
          launch: () => launch(context, source, port, uiPort),
        });
        return {
          address: { address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` },
          chosen: `${label}, on 127.0.0.1:${port}`,
          stop: kept.stop,
        };
      },
    );
  }

  return {
    part: 'temporal',
    inspect: () => inspectWays(ways),
    start,
    async checkHealth({ address }) {
      await checkTemporal(address);
    },
  };
}

async function launch(
  context: PartContext,
  source: Exclude<TemporalSource, { kind: 'address' }>,
  port: number,
  uiPort: number,
): Promise<ManagedUnit> {
  const logFile = path.join(context.dataDir, 'logs', 'temporal.log');
  const unit =
    source.kind === 'server'
      ? await startServer(context, source.command, { port, uiPort, logFile })
      : await startManagedContainer(context, {
          name: 'temporal',
          dockerHost: source.dockerHost,
          image: source.image,
          command: [
            'temporal',
            ...temporalServerFlags({
              ip: '0.0.0.0',
              port: DEFAULT_PORT,
              uiPort: DEFAULT_UI_PORT,
              databaseFile: '/data/temporal.db',
            }),
          ],
          // The volume belongs to root.
          user: '0:0',
          publish: { [port]: DEFAULT_PORT, [uiPort]: DEFAULT_UI_PORT },
          volumeAt: '/data',
        });
  try {
    await waitUntilHealthy({
      name: 'temporal',
      check: () => checkTemporal(`127.0.0.1:${port}`).then(() => undefined),
      exited: unit.exited,
      deadlineMs: START_DEADLINE_MS,
      ...(source.kind === 'server' ? { logFile } : {}),
    });
  } catch (error) {
    await unit.stop();
    throw error;
  }
  return unit;
}

async function startServer(
  context: PartContext,
  command: string,
  where: { port: number; uiPort: number; logFile: string },
): Promise<ManagedUnit> {
  const directory = path.join(context.dataDir, 'temporal');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const process = await startOrAdoptProcess(context.records, {
    name: 'temporal',
    command,
    args: temporalServerFlags({
      ip: '127.0.0.1',
      port: where.port,
      uiPort: where.uiPort,
      databaseFile: path.join(directory, 'temporal.db'),
    }),
    // A home of its own: the user's Temporal profiles must not change what the server does.
    env: bareEnvironment(context.env, { HOME: directory }),
    cwd: directory,
    logFile: where.logFile,
    // Temporal carries out what the API has accepted; a busy machine answers callers first.
    niceness: 5,
  });
  if (process.adopted) context.log(`temporal: adopted process ${process.pid}, left by an earlier supervisor`);
  return process;
}
