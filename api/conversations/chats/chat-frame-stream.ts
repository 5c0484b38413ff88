import type { Readable } from 'node:stream';
import type { ChatViewer } from '../../../db/conversations/chats/sessions-store.ts';
import { chatChannel, chatFrame } from '../../../domain/conversations/chats/chat-frame.ts';
import type { TurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import { openEventStream } from '../../http/streams/event-stream.ts';
import { followChat } from './follow-chat.ts';
import type { TurnStreamDeps } from './turn-stream.ts';

/**
 * What a chat's channel says, one frame a line: docs/contracts/conversations.md, The chat's channel. It ends when no
 * turn is under way, or where `idleMs` says so after that long without a frame.
 */
export function openFrameStream(
  deps: TurnStreamDeps,
  client: {
    readonly viewer: ChatViewer;
    readonly credentialId: string;
    readonly chatId: string;
    readonly after: number;
    readonly idleMs: number | null;
  },
): Readable {
  const { viewer, chatId, idleMs } = client;
  const channel = chatChannel(chatId);
  const line = (frame: object) => `${JSON.stringify(frame)}\n`;
  const gone = new AbortController();
  let room = Promise.withResolvers<void>();
  let idle: NodeJS.Timeout | undefined;
  const stream = openEventStream(deps.realtime, {
    workspaceId: viewer.workspaceId,
    credentialId: client.credentialId,
    onRoom: () => room.resolve(),
    onClose() {
      clearTimeout(idle);
      gone.abort();
      room.resolve();
    },
    heartbeat: () => line({ type: 'ping', payload: null }),
    endText: (type, payload) => line({ type, channel, payload }),
  });

  function restartIdle(): void {
    clearTimeout(idle);
    if (idleMs !== null) idle = setTimeout(() => gone.abort(), idleMs).unref();
  }

  async function send(events: readonly TurnEvent[]): Promise<void> {
    restartIdle();
    for (const event of events) stream.push(line(chatFrame(chatId, event)));
    while (stream.isFull() && !stream.hasEnded) {
      await room.promise;
      room = Promise.withResolvers<void>();
    }
  }

  restartIdle();
  const { after } = client;
  // Its client knows that it is connected, and from where it reads.
  stream.push(line({ type: 'ready', channel, payload: { last_seq: after } }));
  followChat(
    { reads: deps.database.reads, chatWaiters: deps.chatWaiters },
    { viewer, chatId, after, jobId: null, forever: idleMs !== null, send, signal: gone.signal },
  )
    .then(
      (end) => {
        if (end === 'revoked') stream.end('error', { error: 'access_revoked', message: 'the chat is gone for you' });
        else stream.finish();
      },
      (error: unknown) => {
        if (!stream.hasEnded) deps.log.warn({ err: error, chatId }, 'a chat could not be followed');
        stream.end('error', { error: 'unavailable', message: 'connect again' });
      },
    )
    .finally(() => clearTimeout(idle));
  return stream.body;
}
