import type { LivePage, LiveRow } from '../../../db/kernel/driven-workflow.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { WorkflowKind } from '../../../domain/kernel/outbox/outbox-command.ts';
import { drivenWorkflows } from './driven-workflows.ts';

/** What an open workflow is compared with. */
export interface KnownRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly generation: number;
  /** Whether a workflow may be open; of a run also while it waits for a place. */
  readonly live: boolean;
}

/** One page of the rows of a kind that should have an open workflow. */
export async function readLiveRows(
  systemReads: Pick<ReadPool, 'any'>,
  kind: WorkflowKind,
  page: LivePage,
): Promise<LiveRow[]> {
  return systemReads.any<LiveRow>([], drivenWorkflows[kind].readLive(page));
}

/** The rows of these ids, by id. */
export async function readKnownRows(
  systemReads: Pick<ReadPool, 'any'>,
  kind: WorkflowKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KnownRow>> {
  if (ids.length === 0) return new Map();
  const rows = await systemReads.any<KnownRow>([], drivenWorkflows[kind].readKnown(ids));
  return new Map(rows.map((row) => [row.id, row]));
}
