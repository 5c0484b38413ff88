import { transactionEffects } from '../commands/effects.ts';
import { openDatabase } from '../db/kernel/database.ts';
import { createCommittedWork } from '../db/outbox/committed-work.ts';
import { createWakeBus } from '../platform/bus/wake-bus.ts';
import { createLogger } from '../platform/logging/logger.ts';
import { createTemporalClient } from '../platform/temporal/temporal-client.ts';
import { startInstantHost } from '../test/support/instant-host.ts';
import { type BenchCrew, createBenchCrew } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';

export interface InstantAgents {
  /** A crew whose attempts are done as soon as they are started. */
  addCrew(slug: string): Promise<BenchCrew>;
  stop(): Promise<void>;
}

const SLOTS = 8;

/**
 * A host beside the stack's own that runs no containers: in this process, with what the real host's process has. So
 * what a mission of many tasks costs is the engine's cost, not that of a thousand execs.
 */
export async function startInstantAgents(bench: BenchStack): Promise<InstantAgents> {
  const { processEnv, services } = bench.stack;
  const log = createLogger({ name: 'bench', level: 'silent' });
  const namespace = processEnv.TEMPORAL_NAMESPACE ?? 'default';
  const temporalAddress = services.temporalAddress ?? '';
  const db = await openDatabase({
    effects: transactionEffects,
    appUrl: processEnv.CREWSHIP_APP_DATABASE_URL ?? '',
    systemUrl: processEnv.CREWSHIP_SYSTEM_DATABASE_URL ?? '',
    writePoolSize: SLOTS,
    readPoolSize: 2,
    systemPoolSize: 4,
    applicationName: 'crewship-bench',
    onConnectionError: () => {},
  });
  const temporal = createTemporalClient({ TEMPORAL_ADDRESS: temporalAddress, TEMPORAL_NAMESPACE: namespace });
  const bus = createWakeBus({ redisUrl: services.redisUrl ?? '', namespace: bench.stack.stackId, log });
  const work = createCommittedWork({ db, temporal: temporal.client, bus, log, owner: 'bench' });
  work.start();
  const host = await startInstantHost({ db, temporalAddress, namespace, hostId: 'bench-instant', slots: SLOTS });
  const { rows } = await bench.rows.query<{ id: string }>('select id from workspaces order by created_at limit 1');
  const workspaceId = rows[0]!.id;
  return {
    async addCrew(slug) {
      const crew = await createBenchCrew(bench, { slug, program: 'hold.sh', maxConcurrentRuns: SLOTS });
      await host.adopt({ workspaceId, crewId: crew.id });
      return crew;
    },
    async stop() {
      await host.stop();
      await work.stop();
      await temporal.close();
      await bus.close();
      await db.end();
    },
  };
}
