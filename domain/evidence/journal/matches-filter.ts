import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { JournalFilter } from './journal-filter.ts';

function among(values: readonly string[] | undefined, value: string | null): boolean {
  return values === undefined || values.length === 0 || (value !== null && values.includes(value));
}

/** Whether an entry is one that the filter wants: what the store decides in SQL, for entries that are at hand. */
export function matchesFilter(entry: JournalEntry, filter: JournalFilter): boolean {
  const ts = Date.parse(entry.ts);
  return (
    among(filter.crewIds, entry.crew_id) &&
    among(filter.agentIds, entry.agent_id) &&
    among(filter.missionId === undefined ? undefined : [filter.missionId], entry.mission_id) &&
    among(filter.traceId === undefined ? undefined : [filter.traceId], entry.trace_id) &&
    among(filter.entryTypes, entry.entry_type) &&
    !(filter.excludeEntryTypes ?? []).includes(entry.entry_type) &&
    among(filter.severities, entry.severity) &&
    among(filter.actorTypes, entry.actor_type) &&
    among(filter.priorities, entry.priority) &&
    (filter.since === undefined || ts >= Date.parse(filter.since)) &&
    (filter.until === undefined || ts < Date.parse(filter.until))
  );
}
