import type { Query } from './sql.ts';
import type { Tx } from './transaction.ts';

/** A row that a workflow drives now. */
export interface LiveRow {
  readonly id: string;
  readonly workspace_id: string;
  /** 0 for runs. */
  readonly generation: number;
  /** Whether its workflow should have taken a step by now. */
  readonly overdue: boolean;
  /** A run whose process was started. */
  readonly running: boolean;
}

export interface LivePage {
  /** Ids after this one, in order; '' is before all. */
  readonly afterId: string;
  /** One row alone, if it is among them. */
  readonly only?: string;
  readonly limit: number;
  /** What is due by the clock is overdue this much later. */
  readonly graceMs: number;
}

/** A row that a workflow drives, locked in the order that every command keeps. */
export interface LockedRow {
  readonly generation: number;
  /** Whether the row should have an open workflow of this generation. */
  readonly live: boolean;
  readonly crewId: string | null;
  readonly missionId: string | null;
  readonly taskId: string | null;
  /** Generations up to this one are taken by other rows of the same id. */
  readonly taken?: number;
  /** Whether its workflow would do anything if it looked; always so where this is missing. */
  readonly hasStep?: () => Promise<boolean>;
  /** Says in its row that its workflow was not there; nothing where this is missing. */
  readonly lost?: () => Promise<void>;
  /** Raises its generation. Null: it has none. */
  readonly raise: ((generation: number) => Promise<void>) | null;
}

/** How the rows of one kind are compared with their workflows, and repaired. */
export interface DrivenWorkflow {
  /**
   * One page of the rows that should have an open workflow: {@link LiveRow}s. The rows of the partial index come first,
   * whatever the planner thinks of the primary key: the table's history is never walked.
   */
  readonly readLive: (page: LivePage) => Query;
  /** The rows of these ids: `id, workspace_id, generation, live`. */
  readonly readKnown: (ids: readonly string[]) => Query;
  /** Null: there is no such row. `generation` matters to builds only, each of which has a row of its own. */
  readonly lock: (tx: Tx, id: string, generation: number) => Promise<LockedRow | null>;
}
