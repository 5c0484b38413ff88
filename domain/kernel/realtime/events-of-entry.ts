import { AUDIT_VERBS, type AuditVerb } from '../journal/entry-kind.ts';
import { joinFamilies } from '../journal/join-families.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import type { Channels } from './event-rules.ts';
import type { RealtimeEvent } from './realtime-event.ts';

type Rule = (entry: JournalEntry, at: Channels) => readonly RealtimeEvent[];
type AuditRule = (entry: JournalEntry, verb: AuditVerb, at: Channels) => readonly RealtimeEvent[];

/** The rules of a family, whose entries may be any. */
export interface FamilyRules {
  readonly entries?: Readonly<Record<string, Rule>>;
  readonly audits?: Readonly<Record<string, AuditRule>>;
}

/** The rules of all families. */
export interface JournalEvents {
  readonly entries: ReadonlyMap<string, Rule>;
  readonly audits: ReadonlyMap<string, AuditRule>;
}

/** Throws when two families have a rule for the same type of entry, or of audited target. */
export function joinEvents(...families: readonly FamilyRules[]): JournalEvents {
  const entries = joinFamilies(...families.map((family) => family.entries ?? {}));
  const audits = joinFamilies(...families.map((family) => family.audits ?? {}));
  return { entries: new Map(Object.entries(entries)), audits: new Map(Object.entries(audits)) };
}

/** Entries that are measurements rather than events; the journal's channel withholds them, its SSE stream does not. */
const TELEMETRY = new Set(['container.metrics', 'exec.output_chunk']);

const VERB_OF_TYPE: ReadonlyMap<string, AuditVerb> = new Map(
  AUDIT_VERBS.map((verb) => [`audit.entity_${verb}`, verb] as const),
);

function channelsOf(entry: JournalEntry): Channels {
  return {
    workspace: `workspace:${entry.workspace_id}`,
    crew: entry.crew_id === null ? null : `crew:${entry.crew_id}`,
    files: entry.crew_id === null ? null : `files:${entry.crew_id}`,
    agent: entry.agent_id === null ? null : `agent:${entry.agent_id}`,
    mission: entry.mission_id === null ? null : `mission:${entry.mission_id}`,
  };
}

function changeEvents(entry: JournalEntry, events: JournalEvents): readonly RealtimeEvent[] {
  const verb = VERB_OF_TYPE.get(entry.entry_type);
  if (verb === undefined) return events.entries.get(entry.entry_type)?.(entry, channelsOf(entry)) ?? [];
  return events.audits.get(entry.target_type ?? '')?.(entry, verb, channelsOf(entry)) ?? [];
}

/**
 * The events of one sequenced entry. The journal is the event log: an event is a view of an entry, so it exists exactly
 * when the change was committed. A type without a rule is heard on the journal's channel only.
 */
export function eventsOfEntry(entry: JournalEntry, events: JournalEvents): readonly RealtimeEvent[] {
  const changes = changeEvents(entry, events);
  if (TELEMETRY.has(entry.entry_type)) return changes;
  const journal = `journal:${entry.workspace_id}`;
  return [...changes, { channel: journal, type: 'journal.entry', payload: entry, scope: 'journal:read' }];
}
