import os from 'node:os';
import { transactionEffects } from '../../commands/effects.ts';
import { type Database, openDatabase } from '../../db/kernel/database.ts';
import { readLogLevel } from '../../db/instance/admin/log-level-store.ts';
import { createCommittedWork } from '../../db/outbox/committed-work.ts';
import { createWakeBus, type WakeBus } from '../../platform/bus/wake-bus.ts';
import { type Config, parseConfig } from '../../platform/config/config.ts';
import { followLogLevel } from '../../platform/bus/follow-log-level.ts';
import { createLogger, type Logger } from '../../platform/logging/logger.ts';
import { createShutdown, type Shutdown, shutdownOnSignals } from '../../platform/shutdown/shutdown.ts';
import { createTemporalClient, type TemporalClient } from '../../platform/temporal/temporal-client.ts';

export interface WorkerProcess {
  readonly name: string;
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly bus: WakeBus;
  readonly temporal: TemporalClient;
  /** Phases added by the process run before those of what is opened here. */
  readonly shutdown: Shutdown;
  /** Says that the process serves, to whoever started it. */
  ready(): void;
}

/**
 * Where workers share a machine with the API, taking requests goes before carrying them out: what was accepted is
 * durable and can wait, a caller cannot.
 */
const BACKGROUND_NICENESS = 5;

/** The pools of a process, as configured. */
export function openProcessDatabase(name: string, config: Config, log: Pick<Logger, 'warn'>): Promise<Database> {
  return openDatabase({
    effects: transactionEffects,
    appUrl: config.CREWSHIP_APP_DATABASE_URL,
    systemUrl: config.CREWSHIP_SYSTEM_DATABASE_URL,
    writePoolSize: config.CREWSHIP_WRITE_POOL_SIZE,
    readPoolSize: config.CREWSHIP_READ_POOL_SIZE,
    systemPoolSize: config.CREWSHIP_SYSTEM_POOL_SIZE,
    applicationName: `crewship-${name}`,
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection broke'),
  });
}

/** What every worker process has: configuration, logger, pools, outbox relay, ordered shutdown. */
export async function openWorkerProcess(name: string): Promise<WorkerProcess> {
  // Threads made from here on inherit it.
  os.setPriority(BACKGROUND_NICENESS);
  const config = parseConfig(process.env);
  const log = createLogger({ name, level: config.CREWSHIP_LOG_LEVEL });
  const shutdown = createShutdown({ log, phaseTimeoutMs: config.CREWSHIP_SHUTDOWN_PHASE_TIMEOUT_MS });
  const db = await openProcessDatabase(name, config, log);
  const bus = createWakeBus({ redisUrl: config.REDIS_URL, namespace: config.CREWSHIP_STACK_ID, log });
  const temporal = createTemporalClient(config);
  const work = createCommittedWork({
    db,
    temporal: temporal.client,
    bus,
    log,
    owner: `${name}-${os.hostname()}-${process.pid}`,
  });
  work.start();
  void followLogLevel({ log, bus, read: () => readLogLevel(db.systemReads) });
  shutdownOnSignals({
    addPhase: shutdown.addPhase,
    run(reason) {
      shutdown.addPhase('outbox relay', () => work.stop());
      shutdown.addPhase('temporal client', () => temporal.close());
      shutdown.addPhase('redis', () => bus.close());
      shutdown.addPhase('database', () => db.end());
      return shutdown.run(reason);
    },
  });
  return {
    name,
    config,
    log,
    db,
    bus,
    temporal,
    shutdown,
    ready() {
      log.info('ready');
      process.send?.({ type: 'ready' });
    },
  };
}
