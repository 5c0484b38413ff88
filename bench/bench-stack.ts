import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import pg from 'pg';
import { listCrewContainers, removeCrewContainer } from '../activities/crews/container/crew-container.ts';
import { purgeCrewData } from '../activities/crews/container/prepare-crew-host.ts';
import { localDataDir } from '../deploy/local/data-dir.ts';
import { type ApiClient, createApiClient } from '../deploy/local/demo/api-client.ts';
import { connectDocker } from '../deploy/local/services/docker-address.ts';
import { relocatedDirectory } from '../deploy/local/services/postgres-home.ts';
import { type RunningStack, startStack } from '../deploy/local/stack.ts';
import { createDockerClient } from '../platform/docker/docker-client.ts';

/** The whole product, running on parts and data of its own, and an admin's client of its public API. */
export interface BenchStack {
  readonly stack: RunningStack;
  readonly api: ApiClient;
  /** The admin's CLI token, for programs that make requests of their own. */
  readonly token: string;
  /** Owner login, for reading when things happened; the product is driven through its API alone. */
  readonly rows: pg.Client;
  readonly docker: Docker;
  /** Milliseconds that the last start took, from nothing running to all of it healthy. */
  readonly startedInMs: number;
  /** Of these, until the parts were healthy and the schema was known to be current. */
  readonly partsStartedInMs: number;
  /** Stops everything and removes what was made. */
  close(): Promise<void>;
}

/** Never the parts of a stack that the environment names: benchmarks fill them with rows and wear them out. */
const NOT_OURS = [
  'DATABASE_URL',
  'CREWSHIP_APP_DATABASE_URL',
  'CREWSHIP_SYSTEM_DATABASE_URL',
  'REDIS_URL',
  'TEMPORAL_ADDRESS',
  'CREWSHIP_LISTEN_PORT',
];

const ADMIN = { full_name: 'Bench Admin', email: 'bench@example.com' };

/** Starts the stack and signs in. With `twice` it is stopped and started again first, so that this is a second start. */
export async function openBenchStack(options: {
  twice: boolean;
  log: (line: string) => void;
}): Promise<BenchStack> {
  const { log } = options;
  const dataDir = path.join(localDataDir(process.env), 'bench');
  const toolsDir = path.join(dataDir, 'tools');
  const env: Record<string, string | undefined> = { ...process.env, CREWSHIP_TOOLS_DIR: toolsDir };
  for (const name of NOT_OURS) env[name] = undefined;
  // What an interrupted run left is of no use.
  await rm(dataDir, { recursive: true, force: true });
  await installAgents(toolsDir);

  const start = (processes?: readonly StackProcess[]) => startStack({ dataDir, log, env, processes });
  if (options.twice) await (await start()).stop();
  const since = performance.now();
  const stack = await start();
  const startedInMs = performance.now() - since;

  async function removeData(): Promise<void> {
    await rm(dataDir, { recursive: true, force: true });
    await rm(relocatedDirectory(dataDir), { recursive: true, force: true });
  }

  try {
    const password = crypto.randomUUID();
    const { cli_token: token } = await createApiClient(stack.apiUrl).call<{ cli_token: string }>(
      'POST',
      '/api/v1/bootstrap',
      { ...ADMIN, password },
    );
    const rows = new pg.Client({ connectionString: stack.services.databaseUrl });
    await rows.connect();
    return {
      stack,
      api: createApiClient(stack.apiUrl, token),
      token,
      rows,
      docker: connectDocker(stack.services.dockerHost ?? ''),
      startedInMs,
      async close() {
        await rows.end();
        await removeCrews(stack, dataDir);
        await stack.stop();
        await removeData();
      },
    };
  } catch (error) {
    await stack.stop();
    await removeData();
    throw error;
  }
}

/** Copies the agents to where the user they run as can read them. */
async function installAgents(toolsDir: string): Promise<void> {
  const source = path.join(import.meta.dirname, 'agents');
  await mkdir(path.dirname(toolsDir), { recursive: true, mode: 0o711 });
  await cp(source, toolsDir, { recursive: true });
  await chmod(toolsDir, 0o755);
  for (const name of await readdir(source)) await chmod(path.join(toolsDir, name), 0o644);
}

/** Containers, volumes and files of the crews: what their agents wrote may not be ours to delete in another way. */
async function removeCrews(stack: RunningStack, dataDir: string): Promise<void> {
  const docker = createDockerClient(stack.services.dockerHost ?? '');
  const { stackId } = stack;
  const hostDir = path.join(dataDir, 'hosts', 'local');
  const settings = {
    crewsDir: path.join(hostDir, 'crews'),
    socketsDir: path.join(hostDir, 'sockets'),
    runtimeDir: path.join(hostDir, 'runtime'),
    nodeBinary: process.execPath,
    nofileHardLimit: 1_024,
  };
  const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const crewIds = new Set((await listCrewContainers(docker, stackId)).map(({ crewId }) => crewId));
  for (const crewId of crewIds) {
    await removeCrewContainer(docker, { stackId, crewId, upToGeneration: Number.MAX_SAFE_INTEGER });
    const crew = { stackId, crewId, helperImage: stack.services.runtimeImage ?? '' };
    await purgeCrewData({ docker, settings, identity }, crew);
  }
}
