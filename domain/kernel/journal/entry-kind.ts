import type { JsonObject } from '../json/json-value.ts';

/** One type of entry, as the family that writes it declares it. The shape of its payload is for the compiler alone. */
export interface EntryKind<Payload extends JsonObject> {
  /** Never set. */
  readonly payload?: Payload;
}

/** The payload of an entry that says all by its type and its columns. */
export type NoPayload = Readonly<Record<string, never>>;

/** What most updates say: which fields, never their values, as some are prompts or commands. */
export type ChangedFields = { readonly changed_fields: readonly string[] };

/** Declares a type of entry by the payload that its writers give it. */
export function entryKind<Payload extends JsonObject = NoPayload>(): EntryKind<Payload> {
  return {};
}

/** The payload of each of these types. */
export type PayloadsOf<Kinds> = {
  readonly [Type in keyof Kinds]: Kinds[Type] extends EntryKind<infer Payload> ? Payload : never;
};

export const AUDIT_VERBS = ['created', 'updated', 'deleted'] as const;
export type AuditVerb = (typeof AUDIT_VERBS)[number];

/** What `audit.entity_*` entries say, by the type of their target: whoever owns those declares it. */
export type AuditKinds = Readonly<Record<string, Partial<Readonly<Record<AuditVerb, EntryKind<JsonObject>>>>>>;
