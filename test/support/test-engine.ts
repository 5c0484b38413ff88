import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { listCrewContainers, removeCrewContainer } from '../../activities/crews/containers/crew-container.ts';
import { createHelperImage } from '../../activities/crews/containers/helper-image.ts';
import { HELPER_LABEL } from '../../activities/crews/containers/root-helper.ts';
import { purgeCrewData } from '../../activities/crews/containers/prepare-crew-host.ts';
import { type Database, type DatabaseOptions, openDatabase } from '../../db/kernel/database.ts';
import { createCommittedWork } from '../../db/outbox/committed-work.ts';
import { createWakeBus } from '../../platform/bus/wake-bus.ts';
import { createDockerClient, type DockerClient } from '../../platform/docker/docker-client.ts';
import { createLogger } from '../../platform/logging/logger.ts';
import { createTemporalClient, type TemporalClient } from '../../platform/temporal/temporal-client.ts';
import { startChild, type TestChild } from './child-process.ts';
import { findFreePort } from '../../deploy/local/supervision/free-port.ts';
import { createTemporalNamespace } from './temporal-namespace.ts';
import { createTestDatabase, type TestDatabase, testPools } from './test-database.ts';
import {
  TEST_DOCKER_HOST,
  TEST_FILTER_IMAGE,
  TEST_REDIS_URL,
  TEST_RUNTIME_IMAGE,
  TEST_TEMPORAL_ADDRESS,
} from './test-services.ts';
import { dropFilterTable } from './test-egress-filter.ts';

/** `rehearsal`: a control worker for kinds of jobs that only tests know. */
export type ProcessName = 'api' | 'control' | 'docker-host' | 'rehearsal';

const ENTRY: Readonly<Record<ProcessName, string>> = {
  api: 'api/main.ts',
  control: 'workers/control.ts',
  'docker-host': 'workers/docker-host.ts',
  rehearsal: 'test/work/jobs/rehearsal-process.ts',
};

/** Bundles of the workflows, which take seconds of a core to make, by the hash of what they are made from. */
const SHARED_BUNDLES = path.join(os.tmpdir(), 'crewship-test-bundles', 'bundles');

export interface TestEngine {
  readonly db: Database;
  /** How to open another set of pools on the same database. */
  readonly databaseOptions: DatabaseOptions;
  readonly temporal: TemporalClient;
  readonly docker: DockerClient;
  readonly stackId: string;
  readonly dataDir: string;
  readonly apiUrl: string;
  readonly processes: Map<string, TestChild>;
  /** `as`: what another process of a kind is called. */
  start(name: ProcessName, env?: Readonly<Record<string, string>>, as?: string): Promise<TestChild>;
  logFile(name: string): string;
  close(): Promise<void>;
}

/**
 * The whole engine in miniature: a database, a Temporal namespace and a stack id of its own, our real processes as
 * children, and in this process what a committing process has: pools and the outbox relay.
 */
export async function createTestEngine(options: {
  processes: readonly ProcessName[];
  env?: Record<string, string>;
  /** A Temporal server of the test's own; default: the shared one. */
  temporalAddress?: string;
  /** A namespace that is there already; default: one is made. */
  temporalNamespace?: string;
  /** A database on a server of the test's own; default: one is made on the shared one. */
  database?: Pick<TestDatabase, 'appUrl' | 'systemUrl' | 'drop'>;
}): Promise<TestEngine> {
  const stackId = `test-${randomBytes(4).toString('hex')}`;
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'crewship-engine-'));
  await chmod(dataDir, 0o711);
  await mkdir(SHARED_BUNDLES, { recursive: true });
  await symlink(SHARED_BUNDLES, path.join(dataDir, 'bundles'));
  const database = options.database ?? (await createTestDatabase());
  const temporalAddress = options.temporalAddress ?? TEST_TEMPORAL_ADDRESS;
  const namespace = options.temporalNamespace ?? stackId;
  if (options.temporalNamespace === undefined) await createTemporalNamespace(stackId, temporalAddress);
  const port = await findFreePort();
  const env: Record<string, string> = {
    CREWSHIP_MODE: 'local',
    CREWSHIP_LOG_LEVEL: 'info',
    CREWSHIP_APP_DATABASE_URL: database.appUrl,
    CREWSHIP_SYSTEM_DATABASE_URL: database.systemUrl,
    CREWSHIP_WRITE_POOL_SIZE: '6',
    CREWSHIP_READ_POOL_SIZE: '4',
    CREWSHIP_SYSTEM_POOL_SIZE: '4',
    REDIS_URL: TEST_REDIS_URL,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    DOCKER_HOST: TEST_DOCKER_HOST,
    CREWSHIP_RUNTIME_IMAGE: TEST_RUNTIME_IMAGE,
    CREWSHIP_FILTER_IMAGE: TEST_FILTER_IMAGE,
    CREWSHIP_DATA_DIR: dataDir,
    CREWSHIP_STACK_ID: stackId,
    CREWSHIP_HOST_ID: stackId,
    CREWSHIP_LISTEN_PORT: String(port),
    CREWSHIP_TOOLS_DIR: path.resolve(import.meta.dirname, 'agents'),
    // Whatever else is on the machine's disk.
    CREWSHIP_HOST_DISK_MIN_FREE_PERCENT: '0',
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    ...options.env,
  };
  const log = createLogger({ name: 'test', level: process.env.CREWSHIP_TEST_LOG_LEVEL ?? 'silent' });
  const databaseOptions = testPools(database);
  const db = await openDatabase(databaseOptions);
  const temporal = createTemporalClient({ TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_NAMESPACE: namespace });
  const bus = createWakeBus({ redisUrl: TEST_REDIS_URL, namespace: stackId, log });
  const work = createCommittedWork({ db, temporal: temporal.client, bus, log, owner: 'test' });
  work.start();
  const docker = createDockerClient(TEST_DOCKER_HOST);
  const processes = new Map<string, TestChild>();
  const logFile = (name: string) => path.join(dataDir, `${name}.log`);

  const engine: TestEngine = {
    db,
    databaseOptions,
    temporal,
    docker,
    stackId,
    dataDir,
    apiUrl: `http://127.0.0.1:${port}`,
    processes,
    logFile,
    async start(name, extra = {}, as = name) {
      const child = await startChild(ENTRY[name], { ...env, ...extra }, logFile(as));
      processes.set(as, child);
      return child;
    },
    async close() {
      await Promise.all([...processes.values()].map((child) => child.stop()));
      await work.stop();
      await temporal.close();
      await bus.close();
      await db.end();
      const settings = {
        crewsDir: path.join(dataDir, 'hosts', stackId, 'crews'),
        socketsDir: path.join(dataDir, 'hosts', stackId, 'sockets'),
      };
      for (const { id } of await docker.listContainers({ [HELPER_LABEL]: stackId })) await docker.removeContainer(id);
      const crews = new Set((await listCrewContainers(docker, stackId)).map((container) => container.crewId));
      for (const crewId of crews) {
        await removeCrewContainer(docker, { stackId, crewId, upToGeneration: Number.MAX_SAFE_INTEGER });
        await purgeCrewData(
          {
            docker,
            settings,
            identity: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
            helperImage: createHelperImage({ docker, reference: TEST_RUNTIME_IMAGE }),
          },
          { stackId, crewId },
        );
      }
      await dropFilterTable(stackId);
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  await Promise.all(options.processes.map((name) => engine.start(name)));
  return engine;
}
