import type { Identity } from '../../../db/people/identity/find-identity.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { toCrewshipError } from '../errors/to-crewship-error.ts';
import type { SocketChats } from './socket-chats.ts';
import type { FrameSink } from './socket-subscriptions.ts';

/** The channels of chats that one socket follows, each with a place of its own among the chat's events. */
export interface ChatSubscriptions {
  /**
   * Subscribes to a chat's channel after an event, or from now on, and says so. `resume_reset` comes first where the
   * event is none of the chat's. Throws `not_found`, `conflict` for too many.
   */
  add(identity: Identity, channel: string, after: number | null): Promise<void>;
  remove(channel: string): boolean;
  /** The socket takes frames again. */
  drain(): void;
  /** Drops what the token may no longer read. */
  recheck(identity: Identity): void;
  clear(): void;
}

const MAX_CHANNELS = 64;
const CHANNEL = /^session:([A-Za-z0-9_-]{2,64})$/;

/** Whether a channel is a chat's, whatever its id. */
export function isChatChannel(channel: string): boolean {
  return channel.startsWith('session:');
}

export function createChatSubscriptions(deps: {
  readonly chats: SocketChats;
  readonly socket: FrameSink;
}): ChatSubscriptions {
  const { chats, socket } = deps;
  const followed = new Map<string, { readonly workspaceId: string; readonly stop: AbortController }>();
  let room = Promise.withResolvers<void>();

  /** Every follower that waits looks again; who waits from here on waits for the next time. */
  function wake(): void {
    const woken = room;
    room = Promise.withResolvers<void>();
    woken.resolve();
  }

  function remove(channel: string): boolean {
    const subscription = followed.get(channel);
    if (subscription === undefined) return false;
    followed.delete(channel);
    subscription.stop.abort();
    wake();
    return true;
  }

  function refuse(channel: string, error: CrewshipError): void {
    socket.send({ type: 'error', channel, payload: { message: error.message, error: error.code } });
  }

  function revoke(channel: string): void {
    remove(channel);
    const payload = { message: 'access to this channel was revoked', error: 'access_revoked' };
    socket.send({ type: 'error', channel, payload });
  }

  async function add(identity: Identity, channel: string, after: number | null): Promise<void> {
    remove(channel);
    const chatId = CHANNEL.exec(channel)?.[1];
    const chat = chatId === undefined ? null : await chats.find(identity, chatId);
    if (chat === null) throw new CrewshipError('not_found', 'no such channel');
    if (followed.size >= MAX_CHANNELS) throw new CrewshipError('conflict', `at most ${MAX_CHANNELS} chats a socket`);
    const isReset = after !== null && after > chat.newest;
    const from = after === null || isReset ? chat.newest : after;
    const subscription = { workspaceId: chat.workspaceId, stop: new AbortController() };
    const { signal } = subscription.stop;
    followed.set(channel, subscription);
    if (isReset) socket.send({ type: 'resume_reset', channel, payload: { session_id: chat.chatId, last_seq: from } });
    socket.send({ type: 'subscribed', channel, payload: { position: from, ...(isReset ? { reset: true } : {}) } });

    async function send(frames: readonly object[]): Promise<void> {
      for (const frame of frames) {
        while (socket.isFull() && !signal.aborted) await room.promise;
        if (signal.aborted) return;
        socket.sendText(JSON.stringify(frame));
      }
    }
    chats.follow(chat, { userId: identity.user_id, after: from, sink: { send }, signal }).then(
      (end) => {
        if (end === 'revoked' && followed.get(channel) === subscription) revoke(channel);
      },
      (error: unknown) => {
        if (followed.get(channel) !== subscription) return;
        followed.delete(channel);
        refuse(channel, toCrewshipError(error));
        socket.send({ type: 'unsubscribed', channel, payload: { reason: 'unavailable' } });
      },
    );
  }

  return {
    add,
    remove,
    drain: wake,
    recheck(identity) {
      for (const [channel, { workspaceId }] of followed) {
        if (!chats.mayFollow(identity, workspaceId)) revoke(channel);
      }
    },
    clear() {
      for (const channel of [...followed.keys()]) remove(channel);
    },
  };
}
