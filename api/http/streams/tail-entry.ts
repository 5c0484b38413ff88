import type { SequencedEntry } from '../../../db/evidence/journal/read-stream.ts';
import { eventsOfEntry, type RealtimeEvent } from '../../../domain/kernel/realtime/events-of-entry.ts';

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
  /** A server-sent event, its id the position. */
  sse(): string;
  frames(): readonly EventFrame[];
}

export function createTailEntry(entry: SequencedEntry): TailEntry {
  let sse: string | undefined;
  let frames: readonly EventFrame[] | undefined;
  return {
    entry,
    position: entry.position,
    sse: () => (sse ??= `id: ${entry.position}\ndata: ${JSON.stringify(entry)}\n\n`),
    frames: () => (frames ??= eventsOfEntry(entry).map((event) => frameOf(event, entry.position))),
  };
}
