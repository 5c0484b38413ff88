import type { HostCallKind } from '../../../domain/kernel/host-calls/host-call.ts';
import type { Database } from '../database.ts';
import type { ReadPool } from '../read-pool.ts';
import { sql } from '../sql.ts';

/** A call as those see it who wait for its answer. */
export interface WaitedHostCall {
  readonly id: string;
  readonly workspace_id: string;
  readonly status: 'asked' | 'answered' | 'refused';
  /** Of a refused one: `{code}`. */
  readonly answer: unknown;
}

export function readWaitedHostCalls(
  reads: ReadPool,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<WaitedHostCall[]> {
  return reads.any<WaitedHostCall>(
    workspaceIds,
    sql`SELECT id, workspace_id, status, answer FROM host_calls WHERE id = ANY (${sql.array([...ids], 'text')})`,
  );
}

/** A call as its host sees it. */
export interface AskedHostCall {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly kind: HostCallKind;
  readonly input: Record<string, string>;
  /** A worker before this one began it, and may have done it. */
  readonly is_begun: boolean;
}

/** What a host is asked that it has not answered: of each workspace its oldest first. */
export function readAskedHostCalls(
  db: Pick<Database, 'systemReads'>,
  { hostId, limit, butFor }: { readonly hostId: string; readonly limit: number; readonly butFor: readonly string[] },
): Promise<AskedHostCall[]> {
  return db.systemReads.any<AskedHostCall>(
    [],
    sql`
      SELECT id, workspace_id, crew_id, kind, input, begun_at IS NOT NULL AS is_begun FROM host_calls
      WHERE host_id = ${hostId} AND status = 'asked' AND (expires_at > clock_timestamp() OR begun_at IS NOT NULL)
        AND id <> ALL (${sql.array([...butFor], 'text')})
      ORDER BY row_number() OVER (PARTITION BY workspace_id ORDER BY asked_at, id), asked_at, id ${sql.limit(limit)}`,
  );
}
