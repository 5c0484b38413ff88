import type { JsonObject } from '../../kernel/json/json-value.ts';

/** What was true of a mission when its checkpoint was made. */
export interface CheckpointState {
  /** Digest of each agent's memory, by the agent's slug. */
  readonly agent_memory: Readonly<Record<string, string>>;
  /** Ids of the tasks that had not ended, in their order. */
  readonly pending_tasks: readonly string[];
  readonly open_assignments: readonly string[];
  /** Null: the crew had no container. */
  readonly crew_container_id: string | null;
  readonly meta: JsonObject;
}

/** A checkpoint as the public API shows it (docs/contracts/missions.md, Checkpoints). */
export interface Checkpoint {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly mission_id: string;
  readonly label: string | null;
  /** The newest entry of the mission's journal then. */
  readonly journal_cursor: string;
  readonly state: CheckpointState;
  /** The checkpoint that the mission was forked from; null: it was not, or that one is deleted. */
  readonly fork_of: string | null;
  readonly created_by: string | null;
  readonly created_at: string;
}

/** Most checkpoints a mission may have. */
export const MAX_CHECKPOINTS_PER_MISSION = 1_000;

/** Most entries that a restore names; it counts them all. */
export const MAX_DIVERGENCE_NAMED = 1_000;

/** One entry since the cursor, as a restore names it. */
export function divergenceLine(entry: { readonly entry_type: string; readonly id: string }): string {
  return `${entry.entry_type} at ${entry.id}`;
}
