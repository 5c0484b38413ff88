import type { Readable } from 'node:stream';
import type { ChatViewer, WaitedChat } from '../../../db/conversations/chats/sessions-store.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { TurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { eventText, openEventStream } from '../../http/streams/event-stream.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import type { Waiters } from '../../http/waits/waiters.ts';
import { followChat } from './follow-chat.ts';

export interface TurnStreamDeps {
  readonly database: { readonly reads: ReadPool };
  readonly chatWaiters: Pick<Waiters<WaitedChat>, 'wait'>;
  readonly realtime: Realtime;
  readonly log: Pick<Logger, 'warn'>;
}

/** An event as clients have it: its members, when it was, and of which turn. */
function turnEventData({ data, created_at: ts, job_id: jobId, run_id: runId }: TurnEvent): object {
  return { ...data, job_id: jobId, run_id: runId, ts };
}

/**
 * What a turn tells as server-sent events, whose ids are their numbers in the session: docs/contracts/conversations.md,
 * Events of a turn. After the one that ends the turn nothing follows.
 */
export function openTurnStream(
  deps: TurnStreamDeps,
  client: {
    readonly viewer: ChatViewer;
    readonly credentialId: string;
    readonly chatId: string;
    readonly after: number;
    /** Null: all turns, until none is under way. */
    readonly jobId: string | null;
    /** The client went before the end. */
    readonly onGone?: () => void;
  },
): Readable {
  const gone = new AbortController();
  let room = Promise.withResolvers<void>();
  const stream = openEventStream(deps.realtime, {
    workspaceId: client.viewer.workspaceId,
    credentialId: client.credentialId,
    onRoom: () => room.resolve(),
    onClose(isGone) {
      gone.abort();
      room.resolve();
      if (isGone) client.onGone?.();
    },
    heartbeat: () => ': \n\n',
  });

  async function send(events: readonly TurnEvent[]): Promise<void> {
    for (const event of events) {
      stream.push(eventText({ id: event.seq, name: event.type, data: turnEventData(event) }));
    }
    while (stream.isFull() && !stream.hasEnded) {
      await room.promise;
      room = Promise.withResolvers<void>();
    }
  }

  followChat(
    { reads: deps.database.reads, chatWaiters: deps.chatWaiters },
    { ...client, send, signal: gone.signal },
  ).then(
    (end) => {
      if (end === 'revoked') stream.end('error', { code: 'access_revoked' });
      else stream.finish();
    },
    (error: unknown) => {
      if (!stream.hasEnded) deps.log.warn({ err: error, chatId: client.chatId }, 'a turn could not be followed');
      stream.end('error', { code: 'unavailable' });
    },
  );
  return stream.body;
}
