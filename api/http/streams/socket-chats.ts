import type { Identity } from '../../../db/people/identity/find-identity.ts';

/** Who speaks on a socket, and from where. */
export interface SocketCaller {
  readonly identity: Identity;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What is sent to one socket of a chat. */
export interface ChatSink {
  /** Resolves when the socket takes more. */
  send(frames: readonly object[]): Promise<void>;
}

/** A chat that a socket may follow. */
export interface FoundChat {
  readonly workspaceId: string;
  readonly chatId: string;
  /** The number of its newest event. */
  readonly newest: number;
}

/** What chats do on sockets; the family of chats brings it. */
export interface SocketChats {
  /** Null for what may not be followed: malformed, deleted, unknown, foreign, out of scope and unseen are alike. */
  find(identity: Identity, chatId: string): Promise<FoundChat | null>;
  /** Whether a token of this worth may go on following. */
  mayFollow(identity: Identity, workspaceId: string): boolean;
  /** Follows a chat from an event on until the signal, or `revoked`. */
  follow(
    chat: FoundChat,
    follower: {
      readonly userId: string;
      readonly after: number;
      readonly sink: ChatSink;
      readonly signal: AbortSignal;
    },
  ): Promise<'revoked' | 'gone'>;
  /** `send_message`: what its sender is told. Throws as the route of the same meaning does. */
  send(caller: SocketCaller, payload: unknown): Promise<object>;
  /** `cancel_message`. */
  cancel(caller: SocketCaller, payload: unknown): Promise<object>;
}
