import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { loadLocalSecrets } from '../local-secrets.ts';
import { acquireFileLock, type FileLock, LockHeldError } from '../supervision/file-lock.ts';
import { openLocalPorts } from '../supervision/local-ports.ts';
import { stopRecorded } from '../supervision/managed-process.ts';
import { openProcessRecords, type ProcessRecords } from '../supervision/process-records.ts';
import { createBaseImageService } from './base-image.ts';
import { createDockerService } from './docker.ts';
import { createFilterImageService } from './filter-image.ts';
import { type Environment, type Log, type PartContext, type PartName, partNames, type RunningPart } from './part.ts';
import { createPostgresService } from './postgres.ts';
import { createRedisService } from './redis.ts';
import { createRegistryService } from './registry.ts';
import { createTemporalService } from './temporal.ts';

export type StartServicesOptions = {
  /** Everything the parts keep: data, logs, ports, secrets. One supervisor at a time. */
  dataDir: string;
  parts: readonly PartName[];
  log: Log;
  /** Settings. Default: the environment of this process. */
  env?: Environment;
  /** Parts whose absence is reported in `missing` instead of failing the start. `docker` covers `image`. */
  optional?: readonly PartName[];
};

export type RunningServices = {
  /** Owner login of a database named `crewship`. */
  databaseUrl?: string;
  redisUrl?: string;
  /** host:port */
  temporalAddress?: string;
  temporalUiUrl?: string;
  dockerHost?: string;
  runtimeImage?: string;
  /** Image with `nft`; without it builds and crews with an open network are refused. */
  filterImage?: string;
  /** host:port of an empty OCI registry. */
  registry?: string;
  /** What was chosen for each part, for people. Holds no secret. */
  chosen: Partial<Record<PartName, string>>;
  /** Why an optional part is not there. */
  missing: Partial<Record<PartName, string>>;
  /** The data folder's secrets, ports and process records: for what is started on top, such as our own processes. */
  context: PartContext;
  /** Stops the parts in reverse order of what needs what, and gives the data folder back. */
  stop: () => Promise<void>;
  /** Kills every process of the data folder at once: for a second Ctrl-C. */
  kill: () => void;
};

/** Parts in the order in which they are stopped. */
const STOP_ORDER: readonly PartName[] = ['registry', 'temporal', 'redis', 'postgres', 'filter', 'image', 'docker'];

/**
 * Resolves, installs, starts and health-checks parts in parallel, and keeps them running until `stop()`. What a killed
 * supervisor left behind in the data folder is adopted (these parts) or stopped (anything else). Rejects, with
 * everything stopped again, when a part cannot be had or the folder has a supervisor already.
 */
export async function startServices(options: StartServicesOptions): Promise<RunningServices> {
  const dataDir = path.resolve(options.dataDir);
  const env = options.env ?? process.env;
  // Enterable by the user that Postgres runs as, but not listable.
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const lock = await lockDataDir(dataDir);
  const records = openProcessRecords(path.join(dataDir, 'processes'));
  const running = new Map<PartName, RunningPart<unknown>>();
  const missing: Partial<Record<PartName, string>> = {};
  const ports = await openLocalPorts(dataDir);

  async function stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of STOP_ORDER)
      await running
        .get(part)
        ?.stop()
        .catch((error: unknown) => failures.push(error));
    running.clear();
    await ports.release();
    await lock.release();
    if (failures.length > 0)
      throw new AggregateError(failures, `not everything stopped: ${failures.map(String).join('; ')}`);
  }

  async function startPart<Address>(part: PartName, start: () => Promise<RunningPart<Address>>) {
    const since = Date.now();
    try {
      const started = await start();
      running.set(part, started);
      options.log(`${part}: healthy after ${Date.now() - since} ms (${started.chosen})`);
      return started.address;
    } catch (error) {
      // Without the filters the host's worker refuses what would need them, and does all else.
      if (part !== 'filter' && !options.optional?.includes(part)) throw error;
      missing[part] = (error as Error).message;
      options.log(`${part}: NOT AVAILABLE: ${(error as Error).message}`);
      return undefined;
    }
  }

  try {
    await stopStrangers(records, options);
    const secrets = await loadLocalSecrets(dataDir);
    const context: PartContext = { dataDir, env, log: options.log, secrets, ports, records };
    const wanted = new Set(options.parts);

    const startDocker = async () => {
      const dockerHost = await startPart('docker', createDockerService(context).start);
      if (dockerHost === undefined) {
        for (const part of ['image', 'filter'] as const) if (wanted.has(part)) missing[part] = 'it needs Docker';
        return {};
      }
      const startOn = (part: 'image' | 'filter', create: typeof createBaseImageService) =>
        wanted.has(part) ? startPart(part, create(context, dockerHost).start) : undefined;
      const [runtimeImage, filterImage] = await allOrReasons([
        startOn('image', createBaseImageService),
        startOn('filter', createFilterImageService),
      ]);
      return { dockerHost, runtimeImage, filterImage };
    };
    const [databaseUrl, redisUrl, temporal, docker, registry] = await allOrReasons([
      wanted.has('postgres') ? startPart('postgres', createPostgresService(context).start) : undefined,
      wanted.has('redis') ? startPart('redis', createRedisService(context).start) : undefined,
      wanted.has('temporal') ? startPart('temporal', createTemporalService(context).start) : undefined,
      wanted.has('docker') || wanted.has('image') ? startDocker() : undefined,
      wanted.has('registry') ? startPart('registry', createRegistryService(context).start) : undefined,
    ]);
    const chosen = Object.fromEntries([...running].map(([part, { chosen }]) => [part, chosen]));
    return {
      databaseUrl,
      redisUrl,
      temporalAddress: temporal?.address,
      temporalUiUrl: temporal?.uiUrl,
      dockerHost: docker?.dockerHost,
      runtimeImage: docker?.runtimeImage,
      filterImage: docker?.filterImage,
      registry,
      chosen,
      missing,
      context,
      stop,
      kill: records.killAll,
    };
  } catch (error) {
    await stop().catch((failure: Error) => options.log(failure.message));
    throw error;
  }
}

async function lockDataDir(dataDir: string): Promise<FileLock> {
  try {
    return await acquireFileLock(path.join(dataDir, 'supervisor.lock'), {
      purpose: process.argv.slice(1, 3).join(' '),
    });
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    const { identity, purpose, since } = error.holder;
    throw new Error(
      `${dataDir} is in use by another local stack: process ${identity.pid} (${purpose}), since ${since}. ` +
        'Stop it, or set CREWSHIP_DATA_DIR to another folder to run a second stack beside it.',
      { cause: error },
    );
  }
}

/** Leftovers of a killed supervisor that this start does not need, such as API and worker processes. */
async function stopStrangers(records: ProcessRecords, options: StartServicesOptions): Promise<void> {
  const wanted: readonly string[] = options.parts;
  const isPart = (name: string) => (partNames as readonly string[]).includes(name);
  const strangers = records.listLive().filter((name) => !wanted.includes(name));
  // Our own processes first: they use the parts.
  for (const name of strangers.sort((a, b) => Number(isPart(a)) - Number(isPart(b)))) {
    options.log(`${name}: stopping a process left by an earlier supervisor`);
    await stopRecorded(records, name);
  }
}

/** Like Promise.all, but waits for all of them before it rejects, so that nothing starts after the clean-up. */
async function allOrReasons<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  const results = await Promise.allSettled(work);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (reasons.length === 1) throw reasons[0];
  if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(({ message }) => message).join('\n'));
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)) as {
    -readonly [I in keyof T]: Awaited<T[I]>;
  };
}
