import type { AuditVerb, EntryKind } from '../journal/entry-kind.ts';
import type { JournalEntry } from '../journal/journal-entry.ts';
import type { JsonValue } from '../json/json-value.ts';
import type { RealtimeEvent } from './realtime-event.ts';

/** The channels of what an entry is about; null where it is about none of that kind. */
export interface Channels {
  readonly workspace: string;
  readonly crew: string | null;
  readonly files: string | null;
  readonly agent: string | null;
  readonly mission: string | null;
}

type MemberOf<Payload> = Payload extends unknown ? keyof Payload : never;

/** An entry of a type, as it was stored. Its writers' members have names and no types: crews write some entries too. */
type StoredEntry<Payload> = Omit<JournalEntry, 'payload'> & {
  readonly payload: { readonly [Member in MemberOf<Payload>]?: JsonValue };
};

export type EventRule<Payload> = (entry: StoredEntry<Payload>, at: Channels) => readonly RealtimeEvent[];

type AuditPayload<Verbs> = { [Verb in keyof Verbs]: Verbs[Verb] extends EntryKind<infer P> ? P : never }[keyof Verbs];

type AuditRule<Verbs> = (
  entry: StoredEntry<AuditPayload<Verbs>>,
  verb: AuditVerb,
  at: Channels,
) => readonly RealtimeEvent[];

/** The events that a family's entries become: by type, and those of `audit.entity_*` by the type of their target. */
export interface EventRules<Entries, Audits = unknown> {
  readonly entries?: {
    readonly [Type in keyof Entries]?: Entries[Type] extends EntryKind<infer Payload> ? EventRule<Payload> : never;
  };
  readonly audits?: { readonly [Target in keyof Audits]?: AuditRule<Audits[Target]> };
}
