import type { Actor } from '../access/authority.ts';
import type { JsonObject } from '../json/json-value.ts';

export const SEVERITIES = ['info', 'notice', 'warn', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const JOURNAL_PRIORITIES = ['normal', 'high', 'pin', 'permanent'] as const;

/** An entry as readers see it. `position` is null until the sequencer has placed it in its stream. */
export interface JournalEntry {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly ts: string;
  readonly entry_type: string;
  readonly severity: Severity;
  readonly priority: (typeof JOURNAL_PRIORITIES)[number];
  readonly actor_type: Actor['type'];
  readonly actor_id: string | null;
  readonly target_type: string | null;
  readonly target_id: string | null;
  readonly request_id: string | null;
  readonly summary: string;
  readonly payload: JsonObject;
  readonly refs: JsonObject;
  readonly trace_id: string | null;
  readonly span_id: string | null;
  readonly expires_at: string | null;
  readonly position: number | null;
}
