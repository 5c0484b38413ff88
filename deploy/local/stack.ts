import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { migrate } from '../../db/migrate.ts';
import { removeCrewContainers } from './crew-containers.ts';
import { fetchReadiness, type RunningProcess, startStackProcess } from './process-group.ts';
import { type StackProcess, stackProcesses } from './processes.ts';
import { type Environment, type Log, stackParts } from './services/part.ts';
import { type RunningServices, startServices } from './services/start-services.ts';
import { withPorts } from './supervision/local-ports.ts';
import { waitUntilHealthy } from './supervision/wait-until-healthy.ts';

export type StackOptions = {
  dataDir: string;
  log: Log;
  /** Settings of the parts and of our processes. Default: the environment of this process. */
  env?: Environment;
  /** What runs on the parts, and the folder its entry points are in. Default: the product's processes. */
  processes?: readonly StackProcess[];
  root?: string;
};

export type RunningStack = {
  /** Where people and programs reach the API, such as http://127.0.0.1:8080. */
  apiUrl: string;
  docsUrl: string;
  temporalUiUrl?: string;
  /** On every container of this stack, as the label `crewship.stack`. */
  stackId: string;
  services: RunningServices;
  /** The environment our processes run with; holds secrets. */
  processEnv: Record<string, string | undefined>;
  /** Process id by name (api, control, docker-host, side-effects); undefined while one is down. */
  processId: (name: string) => number | undefined;
  /** Applies migrations that came since the start. */
  migrate: () => Promise<void>;
  /** Ends one of our processes, to be started anew from the sources as they are now. */
  restart: (name: string) => Promise<void>;
  /** Our processes, then this stack's containers, then the parts. */
  stop: () => Promise<void>;
  /** Kills every process at once; containers stay for the next start. */
  kill: () => void;
};

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const DEFAULT_API_PORT = 8_080;
const READY_DEADLINE_MS = 60_000;

/** Brings up the whole local stack and waits until the API reports that all of it is well. */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const { log } = options;
  const { env = process.env, processes = stackProcesses, root = ROOT } = options;
  const services = await startServices({ dataDir: options.dataDir, parts: stackParts, log, env });
  const { context } = services;
  const { stackId } = context.secrets;
  const running = new Map<StackProcess, RunningProcess>();
  const processOf = (name: string) => [...running].find(([spec]) => spec.name === name)?.[1];

  async function stop(): Promise<void> {
    const failures: unknown[] = [];
    const note = (error: unknown) => failures.push(error);
    await stopProcesses(running).catch(note);
    if (services.dockerHost) {
      const removed = await removeCrewContainers(services.dockerHost, stackId).catch(note);
      if (removed) log(`docker: removed this stack's containers`);
    }
    await services.stop().catch(note);
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  }

  try {
    const databaseUrls = await migrateDatabase(services, env, log);
    await makeToolsDir(toolsDir(context.dataDir));
    const preferredPort = Number(env.CREWSHIP_LISTEN_PORT ?? DEFAULT_API_PORT);
    return await withPorts(context.ports, [['api', preferredPort]], { held: false }, async (port = preferredPort) => {
      const apiUrl = `http://127.0.0.1:${port}`;
      const processEnv = { ...env, ...stackEnvironment(services, env, apiUrl, port), ...databaseUrls };
      const healthUrl = `${apiUrl}/health/ready`;
      const starts = await Promise.allSettled(
        processes.map(async (spec) => {
          running.set(spec, await startStackProcess(context, spec, { root, env: processEnv, healthUrl }));
        }),
      );
      const failed = starts.filter((start) => start.status === 'rejected');
      if (failed.length > 0) {
        await stopProcesses(running);
        throw new Error(failed.map(({ reason }) => (reason as Error).message).join('\n'));
      }
      await waitUntilHealthy({
        name: 'the stack',
        check: async () => {
          const { status, text } = await fetchReadiness(healthUrl);
          if (status !== 'ok') throw new Error(`${healthUrl} says ${text.slice(0, 500)}`);
        },
        deadlineMs: READY_DEADLINE_MS,
      });
      return {
        apiUrl,
        docsUrl: `${apiUrl}/docs`,
        ...(services.temporalUiUrl ? { temporalUiUrl: services.temporalUiUrl } : {}),
        stackId,
        services,
        processEnv,
        stop,
        kill: services.kill,
        processId: (name: string) => processOf(name)?.pid(),
        migrate: async () => void (await migrateDatabase(services, env, log)),
        restart: async (name: string) => processOf(name)?.restart(),
      };
    });
  } catch (error) {
    await stop().catch((failure: Error) => log(failure.message));
    throw error;
  }
}

/** Programs of agents with the COMMAND adapter, unless CREWSHIP_TOOLS_DIR names another folder. */
export function toolsDir(dataDir: string): string {
  return path.join(dataDir, 'tools');
}

/** Agents run as a user of their own, who has to be able to read it. */
async function makeToolsDir(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
}

async function stopProcesses(running: Map<StackProcess, RunningProcess>): Promise<void> {
  const groups = Object.groupBy([...running], ([spec]) => spec.stopGroup);
  for (const group of Object.values(groups)) await Promise.all((group ?? []).map(([, started]) => started.stop()));
  running.clear();
}

/** Applies the migrations. Logins of the app and the system are made here unless their URLs are given. */
async function migrateDatabase(services: RunningServices, env: Environment, log: Log) {
  const { appDatabasePassword, systemDatabasePassword } = services.context.secrets;
  const given = { app: env.CREWSHIP_APP_DATABASE_URL, system: env.CREWSHIP_SYSTEM_DATABASE_URL };
  const logins = { appPassword: appDatabasePassword, systemPassword: systemDatabasePassword };
  const made = await migrate({
    ownerUrl: services.databaseUrl ?? '',
    ...(given.app && given.system ? {} : { logins }),
    log: (line) => log(`migrate: ${line}`),
  });
  return {
    CREWSHIP_APP_DATABASE_URL: given.app ?? made.appUrl ?? undefined,
    CREWSHIP_SYSTEM_DATABASE_URL: given.system ?? made.systemUrl ?? undefined,
  };
}

function stackEnvironment(services: RunningServices, env: Environment, apiUrl: string, port: number): Environment {
  const { secrets, dataDir } = services.context;
  return {
    CREWSHIP_MODE: 'local',
    CREWSHIP_DATA_DIR: dataDir,
    CREWSHIP_STACK_ID: secrets.stackId,
    // The owner's login is for migrations alone.
    DATABASE_URL: undefined,
    REDIS_URL: services.redisUrl,
    TEMPORAL_ADDRESS: services.temporalAddress,
    CREWSHIP_TEMPORAL_UI_URL: services.temporalUiUrl,
    DOCKER_HOST: services.dockerHost,
    CREWSHIP_RUNTIME_IMAGE: services.runtimeImage,
    CREWSHIP_FILTER_IMAGE: services.filterImage ?? env.CREWSHIP_FILTER_IMAGE,
    CREWSHIP_TOOLS_DIR: env.CREWSHIP_TOOLS_DIR ?? toolsDir(dataDir),
    CREWSHIP_LISTEN_HOST: env.CREWSHIP_LISTEN_HOST ?? '127.0.0.1',
    CREWSHIP_LISTEN_PORT: String(port),
    CREWSHIP_PUBLIC_URL: env.CREWSHIP_PUBLIC_URL ?? apiUrl,
    ENCRYPTION_KEY: env.ENCRYPTION_KEY ?? secrets.encryptionKey,
    CREWSHIP_INTERNAL_TOKEN: env.CREWSHIP_INTERNAL_TOKEN ?? secrets.internalToken,
  };
}
