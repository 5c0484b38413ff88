import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** A running crew container as its row has it. */
export interface RunningCrew {
  readonly id: string;
  readonly workspace_id: string;
  readonly generation: number;
  readonly container_id: string;
  readonly sidecar_exec_id: string | null;
  readonly sidecar_file: string | null;
  readonly sidecar_token_fp: string | null;
}

const runningColumns = sql.fragment`
  id, workspace_id, generation, container_id, sidecar_exec_id, sidecar_file, sidecar_token_fp`;

/** The container of this generation, if it is the one that runs. */
export async function readRunningCrew(db: Database, address: WorkflowAddress): Promise<RunningCrew | null> {
  return db.reads.maybeOne<RunningCrew>(
    [address.workspaceId],
    sql`
      SELECT ${runningColumns} FROM crews
      WHERE id = ${address.id} AND generation = ${address.generation} AND container_status = 'running'`,
  );
}

/** The crews of a host whose rows say that their container runs: what a host compares with its daemon. */
export async function listRunningCrews(db: Database, hostId: string): Promise<readonly RunningCrew[]> {
  return db.systemReads.any<RunningCrew>(
    [],
    sql`
      SELECT ${runningColumns} FROM crews
      WHERE host_id = ${hostId} AND container_status = 'running'`,
  );
}
