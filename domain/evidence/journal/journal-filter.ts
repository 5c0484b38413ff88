import type { Actor } from '../../kernel/access/authority.ts';
import type { JsonObject, Severity } from './journal-entry.ts';

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

/** Which entries a reader wants; lists match any of their values, exactly. Times are RFC 3339. */
export interface JournalFilter {
  readonly crewIds?: readonly string[];
  readonly agentIds?: readonly string[];
  readonly missionId?: string;
  readonly traceId?: string;
  readonly entryTypes?: readonly string[];
  readonly excludeEntryTypes?: readonly string[];
  readonly severities?: readonly string[];
  readonly actorTypes?: readonly string[];
  readonly priorities?: readonly string[];
  readonly since?: string;
  readonly until?: string;
}

/** A filter, and a phrase whose words stand one after the other in the summary or in a text of the payload. */
export interface JournalSearch extends JournalFilter {
  readonly phrase?: string | undefined;
}

/** Where the last page ended; entries strictly before it, in (ts, id) order, come next. */
export interface JournalCursor {
  readonly ts: string;
  readonly id: string;
}
