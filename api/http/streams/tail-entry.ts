import type { SequencedEntry, SharedEntry } from '../../../db/evidence/journal/read-stream.ts';
import { eventsOfEntry, type JournalEvents } from '../../../domain/kernel/realtime/events-of-entry.ts';
import type { RealtimeEvent } from '../../../domain/kernel/realtime/realtime-event.ts';

/** An event as it goes to a socket. */
export interface EventFrame {
  readonly channel: string;
  readonly scope: string;
  readonly text: string;
}

/** An event that is of no entry has no position. */
export function frameOf({ channel, type, payload, scope }: RealtimeEvent, position?: number): EventFrame {
  return { channel, scope, text: JSON.stringify({ type, channel, payload, seq: position }) };
}

/** An entry on its way to many clients: what they are sent is made once, for the first who needs it. */
export interface TailEntry {
  readonly entry: SequencedEntry;
  readonly position: number;
  /** Who may have it; null: everybody. */
  readonly audience: readonly string[] | null;
  /** See {@link sseOf}. */
  sse(): string;
  frames(): readonly EventFrame[];
}

/** A server-sent event, its id the position. */
export function sseOf(entry: SequencedEntry): string {
  return `id: ${entry.position}\ndata: ${JSON.stringify(entry)}\n\n`;
}

export function createTailEntry({ audience, ...entry }: SharedEntry, events: JournalEvents): TailEntry {
  let sse: string | undefined;
  let frames: readonly EventFrame[] | undefined;
  return {
    entry,
    position: entry.position,
    audience,
    sse: () => (sse ??= sseOf(entry)),
    frames: () => (frames ??= eventsOfEntry(entry, events).map((event) => frameOf(event, entry.position))),
  };
}
