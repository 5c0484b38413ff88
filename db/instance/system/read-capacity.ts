import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface HostCapacity {
  readonly id: string;
  readonly status: 'up' | 'draining' | 'lost';
  readonly live: boolean;
  readonly capacity: number;
  readonly in_use: number;
  readonly waiting: number;
  /** Runs that wait for people or other agents, without a place. */
  readonly waiting_for_answers: number;
}

export interface Capacity {
  readonly hosts: readonly HostCapacity[];
  readonly workspace: { readonly in_use: number; readonly waiting: number };
  readonly builds: { readonly running: number; readonly waiting: number };
}

/**
 * Places of each host, how many runs hold and await one, and image builds under way. The places are the rows that
 * admission counts by. Numbers only: whose the runs are stays with their workspaces, but for the one that asks.
 */
export async function readCapacity(systemReads: ReadPool, aliveMs: number, workspaceId: string): Promise<Capacity> {
  const [hosts, workspace, builds] = await Promise.all([
    systemReads.any<HostCapacity>(
      [],
      sql`
        SELECT h.id, h.status, h.last_heartbeat_at > now() - make_interval(secs => ${aliveMs / 1_000}) AS live,
          coalesce(s.capacity, 0) AS capacity, coalesce(s.in_use, 0) AS in_use,
          (SELECT count(*) FROM runs r WHERE r.host_id = h.id AND r.status = 'QUEUED') AS waiting,
          (SELECT count(*) FROM runs r WHERE r.host_id = h.id AND r.waiting_since IS NOT NULL) AS waiting_for_answers
        FROM hosts h LEFT JOIN slot_scopes s ON s.kind = 'host' AND s.id = h.id ORDER BY h.id LIMIT 1000`,
    ),
    systemReads.maybeOne<Capacity['workspace']>(
      [],
      sql`
        SELECT (SELECT count(*) FROM slot_leases WHERE kind = 'host' AND workspace_id = ${workspaceId}) AS in_use,
          (SELECT count(*) FROM runs WHERE status = 'QUEUED' AND workspace_id = ${workspaceId}) AS waiting`,
    ),
    systemReads.maybeOne<Capacity['builds']>(
      [],
      sql`
        SELECT count(*) FILTER (WHERE status = 'running') AS running,
          count(*) FILTER (WHERE status = 'queued') AS waiting
        FROM image_builds WHERE closed_at IS NULL`,
    ),
  ]);
  return { hosts, workspace: workspace ?? { in_use: 0, waiting: 0 }, builds: builds ?? { running: 0, waiting: 0 } };
}

export interface Queues {
  readonly outbox_pending: number;
  readonly outbox_parked: number;
  readonly runs_queued: number;
}

/** What waits in the whole instance. */
export async function readQueues(systemReads: ReadPool): Promise<Queues> {
  const row = await systemReads.maybeOne<Queues>(
    [],
    sql`
      SELECT (SELECT count(*) FROM outbox WHERE parked_at IS NULL) AS outbox_pending,
        (SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL) AS outbox_parked,
        (SELECT count(*) FROM runs WHERE status = 'QUEUED') AS runs_queued`,
  );
  return row ?? { outbox_pending: 0, outbox_parked: 0, runs_queued: 0 };
}
