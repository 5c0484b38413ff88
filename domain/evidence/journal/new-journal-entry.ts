import type { Actor } from '../../kernel/access/authority.ts';
import type { AuditVerb } from '../../kernel/journal/entry-kind.ts';
import type { Severity } from '../../kernel/journal/journal-entry.ts';
import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { AuditPayload, AuditTarget, AuditVerbOf, PayloadOf, PlainEntryType } from './journal-entries.ts';

/** Whose entry it is, whatever its type. */
export interface EntryFrame {
  /** Where the caller, or a row of the same transaction, has to name the entry; default: a new one. */
  readonly id?: string;
  /**
   * Deterministic id of the transition this entry records, e.g. `mission-<id>-<generation>:start`. A second commit of
   * the same transition fails, so a retried command recognises its first.
   */
  readonly transitionId?: string;
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
  readonly refs?: JsonObject;
  readonly traceId?: string | null;
  readonly spanId?: string | null;
}

/** What goes without saying may be left out. */
export type PayloadMember<Payload> = NoMember extends Payload
  ? { readonly payload?: Payload }
  : { readonly payload: Payload };
type NoMember = Readonly<Record<never, never>>;

/** What an entry of these types says: its type and the payload that follows from it. */
export type EntryParts<Type extends PlainEntryType> = Type extends PlainEntryType
  ? { readonly type: Type } & PayloadMember<PayloadOf<Type>>
  : never;

/** What an entry of a change to one of these targets says. */
export type AuditParts<Target extends AuditTarget, Verb extends AuditVerb> = Target extends AuditTarget
  ? Verb extends AuditVerbOf<Target>
    ? { readonly type: `audit.entity_${Verb}`; readonly targetType: Target; readonly targetId: string } & PayloadMember<
        AuditPayload<Target, Verb>
      >
    : never
  : never;

declare const open: unique symbol;

/** An entry whose type and payload a crew made up: no family declares it. Only {@link openEntry} makes one. */
export interface OpenParts {
  readonly type: string & { readonly [open]: true };
  readonly payload: JsonObject;
}

export function openEntry(type: string, payload: JsonObject): OpenParts {
  return { type: type as OpenParts['type'], payload };
}

/**
 * An entry as a transaction appends it. Agent text never appears here: it lives in run_events, the entry holds its
 * offset, length and hash.
 */
export type NewJournalEntry = EntryFrame &
  (EntryParts<PlainEntryType> | AuditParts<AuditTarget, AuditVerb> | OpenParts);
