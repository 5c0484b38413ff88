import type { SequencedEntry } from '../../db/journal/read-stream.ts';
import { eventsOfEntry } from '../../domain/realtime/events-of-entry.ts';

/** An event as it goes to a socket. */
export interface EventFrame {
  readonly channel: string;
  readonly scope: string;
  readonly text: string;
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
    frames: () =>
      (frames ??= eventsOfEntry(entry).map(({ channel, type, payload, scope }) => ({
        channel,
        scope,
        text: JSON.stringify({ type, channel, payload, seq: entry.position }),
      }))),
  };
}
