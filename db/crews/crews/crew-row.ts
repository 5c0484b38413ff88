import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

export type ContainerStatus = 'stopped' | 'starting' | 'running' | 'error';

/** What the crew's workflow and those who need its container know of a crew. */
export interface CrewRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly host_id: string | null;
  readonly slug: string;
  readonly generation: number;
  readonly container_status: ContainerStatus;
  readonly container_id: string | null;
  readonly container_ttl_hours: number;
  readonly sidecar_exec_id: string | null;
  readonly sidecar_gone: boolean;
  /** Another one is to be started beside it; it runs until then. */
  readonly sidecar_outdated: boolean;
  readonly deleted_at: string | null;
}

export const crewColumns = sql.fragment`
  c.id, c.workspace_id, c.host_id, c.slug, c.generation, c.container_status, c.container_id, c.container_ttl_hours,
  c.sidecar_exec_id, c.sidecar_gone, c.sidecar_outdated, c.deleted_at`;

/**
 * Locks a crew after what is locked of missions, runs and tasks, before agents and slots. New rows may name it still.
 */
export async function lockCrew(tx: Tx, crewId: string): Promise<CrewRow | null> {
  return tx.maybeOne<CrewRow>(sql`SELECT ${crewColumns} FROM crews c WHERE c.id = ${crewId} FOR NO KEY UPDATE`);
}
