import type { Readable } from 'node:stream';
import type { Realtime } from './realtime.ts';
import { type EventStream, openEventStream } from './event-stream.ts';

/** A comment that keeps a connection alive. */
const HEARTBEAT = ': \n\n';

/**
 * A stream of server-sent events out of an iteration: it is asked for as many as the client takes, and `onClose` ends
 * it when the client has gone. `text` is an event as it is sent; `onError` says the last one of an iteration that
 * failed.
 */
export function pumpEvents<Item>(
  realtime: Realtime,
  client: { readonly workspaceId: string; readonly credentialId: string },
  events: AsyncIterator<Item, void, undefined>,
  how: {
    /** What was read of it already. */
    readonly first?: IteratorResult<Item, void>;
    readonly text: (event: Item) => string;
    readonly onClose: (isGone: boolean) => void;
    readonly onError: (error: unknown, stream: Pick<EventStream, 'push' | 'hasEnded'>) => void;
  },
): Readable {
  let room = Promise.withResolvers<void>();
  const stream = openEventStream(realtime, {
    ...client,
    onRoom: () => room.resolve(),
    onClose(isGone) {
      room.resolve();
      how.onClose(isGone);
    },
    heartbeat: () => HEARTBEAT,
  });

  async function pump(): Promise<void> {
    for (let next = how.first ?? (await events.next()); next.done !== true; next = await events.next()) {
      stream.push(how.text(next.value));
      while (stream.isFull() && !stream.hasEnded) {
        await room.promise;
        room = Promise.withResolvers<void>();
      }
      if (stream.hasEnded) break;
    }
  }

  pump()
    .catch((error: unknown) => how.onError(error, stream))
    .finally(() => stream.finish());
  return stream.body;
}
