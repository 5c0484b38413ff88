import type { Actor } from '../../kernel/access/authority.ts';
import type { Severity } from '../../kernel/journal/journal-entry.ts';
import type { JsonObject } from '../../kernel/json/json-value.ts';

/**
 * An entry as a transaction appends it. Agent text never appears here: it lives in run_events, the entry holds its
 * offset, length and hash.
 */
export interface NewJournalEntry {
  /** Where the caller, or a row of the same transaction, has to name the entry; default: a new one. */
  readonly id?: string;
  /**
   * Deterministic id of the transition this entry records, e.g. `mission-<id>-<generation>:start`. A second commit of
   * the same transition fails, so a retried command recognises its first.
   */
  readonly transitionId?: string;
  readonly type: string;
  readonly severity?: Severity;
  readonly actor: Actor;
  /** Null: the stream of the instance, which belongs to no workspace. Only the system login may append to it. */
  readonly workspaceId: string | null;
  readonly crewId?: string | null;
  readonly agentId?: string | null;
  readonly missionId?: string | null;
  readonly taskId?: string | null;
  readonly targetType?: string;
  readonly targetId?: string;
  readonly summary: string;
  readonly payload?: JsonObject;
  readonly refs?: JsonObject;
  readonly traceId?: string | null;
}
