import { missingMigrations } from '../../../db/instance/health/schema-version.ts';
import { countLiveHosts } from '../../../db/crews/hosts/list-hosts.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { ProbeFailure, type ReadinessProbe } from './check-readiness.ts';

const DATABASE_BUDGET_MS = 1_500;
const ENGINE_BUDGET_MS = 1_000;

/** What a process of the public API depends on. Temporal and Redis may be away: the outbox still accepts. */
export function createDependencyProbes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly pingRedis: () => Promise<unknown>;
  readonly pingTemporal: (timeoutMs: number) => Promise<unknown>;
}): ReadinessProbe[] {
  const { reads, systemReads } = deps.database;
  return [
    {
      name: 'postgres',
      required: true,
      budgetMs: DATABASE_BUDGET_MS,
      check: () => Promise.all([reads.any([], sql`SELECT 1`), systemReads.any([], sql`SELECT 1`)]),
    },
    {
      name: 'schema',
      required: true,
      budgetMs: DATABASE_BUDGET_MS,
      check: async () => {
        const missing = await missingMigrations(systemReads);
        if (missing.length > 0) throw new ProbeFailure(`not applied: ${missing.join(', ')}`);
      },
    },
    { name: 'redis', required: false, budgetMs: ENGINE_BUDGET_MS, check: deps.pingRedis },
    { name: 'temporal', required: false, budgetMs: ENGINE_BUDGET_MS, check: () => deps.pingTemporal(ENGINE_BUDGET_MS) },
    {
      name: 'hosts',
      required: false,
      budgetMs: DATABASE_BUDGET_MS,
      check: async () => {
        if ((await countLiveHosts(systemReads)) === 0) throw new ProbeFailure('no live host');
      },
    },
  ];
}
