import type { JournalEntry } from '../journal/journal-entry.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';

/** What watches a part of a workspace: `<kind>:<id>`. */
export const CHANNEL_KINDS = ['workspace', 'crew', 'files', 'agent', 'mission', 'journal', 'keeper'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * One thing that happened, as one channel hears of it (docs/contracts/journal-and-streams.md, Events): ids, enums and
 * counts only.
 */
export interface RealtimeEvent {
  readonly channel: string;
  readonly type: string;
  /** The whole entry on the journal's channel. */
  readonly payload: JsonObject | JournalEntry;
  /** What a token with scopes needs to hear it. */
  readonly scope: string;
}

/** The event, where there is such a channel. */
export function to(channel: string | null, type: string, scope: string, payload: JsonObject): RealtimeEvent[] {
  return channel === null ? [] : [{ channel, type, payload, scope }];
}

/** A short enum of the entry's payload; nothing longer gets into an event, whatever a writer put there. */
export function word(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : null;
}

/** Members that are known; the others are left out, clients read the row. */
export function known(members: Readonly<Record<string, string | boolean | null | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  ) as JsonObject;
}
