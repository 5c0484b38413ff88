import type { StreamItem } from './events.ts';
import { CrewshipStreamEnded } from './problem.ts';

/** Entries of a stream; rejects where it does not go on from the last one. */
export async function* entriesOf<Entry>(
  stream: AsyncIterable<StreamItem>,
  name: string,
): AsyncGenerator<Entry, undefined> {
  for await (const item of stream) {
    if (item.kind === 'reset') throw new CrewshipStreamEnded(name, 'reset');
    if (item.kind === 'event') yield item.data as Entry;
  }
}

/**
 * The first state of a row that is `isDone`. The row is read when the stream is open, so that no change falls between,
 * and after each event that is `isAbout` it: the row decides, an event only says that it is worth reading.
 */
export async function rowWhen<Row>(
  stream: AsyncIterable<StreamItem>,
  row: {
    readonly read: () => Promise<Row>;
    readonly isAbout?: (data: unknown) => boolean;
    readonly isDone: (row: Row) => boolean;
  },
): Promise<Row> {
  for await (const item of stream) {
    if (item.kind === 'event' && row.isAbout?.(item.data) === false) continue;
    const now = await row.read();
    if (row.isDone(now)) return now;
  }
  throw new Error('a stream that goes on for ever ended');
}
