import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Identity } from '../../../db/people/identity/find-identity.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { Presence } from '../../../platform/presence/presence.ts';
import { toCrewshipError } from '../errors/to-crewship-error.ts';
import { mayRead } from './access-watch.ts';
import { createChatSubscriptions, isChatChannel } from './chat-subscriptions.ts';
import { findChannel } from './find-channel.ts';
import type { LiveClient } from './live-clients.ts';
import type { Realtime } from './realtime.ts';
import type { SocketCaller, SocketChats } from './socket-chats.ts';
import { createSocketSubscriptions, type FrameSink } from './socket-subscriptions.ts';
import type { SocketTokens } from './socket-token.ts';

/** Why the server closes, as WebSocket close codes. */
const CLOSE = { unauthenticated: 4401, authTimeout: 4408, policy: 1008, goingAway: 1001 } as const;

/** Frames handed to the network that it has not taken. Events wait in the journal beyond it. */
const BUFFER_FRAMES = 64;
/** Answers may exceed the buffer by this much; who asks on without reading is cut off. */
const ANSWER_FRAMES = 64;
const MAX_QUEUED_REQUESTS = 32;
const AUTH_TIMEOUT_MS = 10_000;
const CLOSE_GRACE_MS = 1_000;

const clientFrame = z.object({
  type: z.string().max(64),
  channel: z.string().max(128).optional(),
  token: z.string().max(2_048).optional(),
  payload: z.unknown().optional(),
});
const subscribePayload = z.object({ after: z.int().min(0).optional() }).nullish();
const resumePayload = z.object({ session_id: z.string().max(64), last_seq: z.int().min(0) });

type ClientFrame = z.output<typeof clientFrame>;

export interface SocketConnectionDeps {
  readonly realtime: Realtime;
  readonly reads: ReadPool;
  readonly socketTokens: Pick<SocketTokens, 'verify'>;
  /** What a token is worth now; null when it is not live. */
  readonly identify: (credentialId: string) => Promise<Identity | null>;
  readonly onAuthenticated: () => void;
  /** Counts a wrong token against the address it came from; rejects with `rate_limited` when it is one too many. */
  readonly countWrongToken: () => Promise<void>;
  readonly chats: SocketChats;
  readonly presence: Pick<Presence, 'enter'>;
  /** Where the socket comes from. */
  readonly from: Omit<SocketCaller, 'identity'>;
  readonly log: Pick<Logger, 'error'>;
}

/** Speaks the protocol of docs/contracts/journal-and-streams.md, The socket, on one socket. */
export function serveSocket(socket: WebSocket, deps: SocketConnectionDeps): LiveClient {
  const { realtime } = deps;
  const { timings } = realtime;
  let openedAtMs = performance.now();
  let identity: Identity | null = null;
  let pendingFrames = 0;
  let blockedSinceMs: number | undefined;
  let pingAtMs = openedAtMs + timings.socketPingMs;
  let hasAnsweredPing = true;
  let queuedRequests = 0;
  let requests: Promise<void> = Promise.resolve();
  let unwatch = () => {};

  const sink: FrameSink = {
    isFull() {
      if (pendingFrames < BUFFER_FRAMES) return false;
      blockedSinceMs ??= performance.now();
      return true;
    },
    sendText,
    send,
  };
  const subscriptions = createSocketSubscriptions({
    tails: realtime.tails,
    identity: () => identity,
    socket: sink,
    presence: deps.presence,
  });
  const chats = createChatSubscriptions({ chats: deps.chats, socket: sink });

  function sendText(text: string): void {
    if (socket.readyState !== socket.OPEN) return;
    if (pendingFrames >= BUFFER_FRAMES + ANSWER_FRAMES) {
      socket.terminate();
      return;
    }
    pendingFrames += 1;
    socket.send(text, () => {
      pendingFrames -= 1;
      if (pendingFrames >= BUFFER_FRAMES) return;
      blockedSinceMs = undefined;
      subscriptions.drain();
      chats.drain();
    });
  }

  function send(frame: { readonly type: string; readonly channel?: string; readonly payload: unknown }): void {
    sendText(JSON.stringify(frame));
  }

  function refuse(error: CrewshipError, channel?: string): void {
    send({
      type: 'error',
      ...(channel === undefined ? {} : { channel }),
      payload: { message: error.message, error: error.code },
    });
  }

  function close(code: number, reason: string): void {
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  function revoke(reason: string): void {
    send({ type: 'session_revoked', payload: { reason } });
    close(CLOSE.unauthenticated, reason);
  }

  async function authenticate(frame: ClientFrame): Promise<void> {
    const claims = frame.type === 'auth' ? deps.socketTokens.verify(frame.token ?? '') : null;
    const found = claims === null ? null : await deps.identify(claims.credentialId);
    if (claims === null || found === null || found.user_id !== claims.userId) {
      const wrong = 'the first frame must be auth with a valid token of /api/v1/ws-token';
      try {
        // A frame without a token guesses nothing.
        if (frame.type === 'auth' && frame.token !== undefined) await deps.countWrongToken();
        refuse(new CrewshipError('unauthenticated', wrong));
        close(CLOSE.unauthenticated, 'unauthenticated');
      } catch (error) {
        refuse(toCrewshipError(error));
        close(CLOSE.policy, 'too many attempts');
      }
      return;
    }
    if (socket.readyState !== socket.OPEN) return;
    identity = found;
    deps.onAuthenticated();
    unwatch = realtime.access.watch(found.credential_id, (now) => {
      identity = now;
      if (now === null) revoke('the token was revoked or has expired');
      else {
        subscriptions.recheck(now);
        chats.recheck(now);
      }
    });
    send({ type: 'ready', payload: { user_id: found.user_id } });
  }

  async function subscribe(who: Identity, frame: ClientFrame): Promise<void> {
    const channel = frame.channel ?? '';
    const payload = subscribePayload.safeParse(frame.payload);
    if (!payload.success) throw new CrewshipError('invalid_request', 'payload.after must be a position');
    if (isChatChannel(channel)) return chats.add(who, channel, payload.data?.after ?? null);
    if (channel === `user:${who.user_id}`) {
      if (payload.data?.after !== undefined)
        throw new CrewshipError('invalid_request', 'this channel has no positions');
      const workspaceIds = who.memberships.map(({ id }) => id).filter((id) => mayRead(who, id));
      if (workspaceIds.length === 0) throw new CrewshipError('not_found', 'no such channel');
      return subscriptions.addOfAll(channel, workspaceIds);
    }
    const workspaceId = await findChannel(deps.reads, who, channel);
    if (workspaceId === null) throw new CrewshipError('not_found', 'no such channel');
    await subscriptions.add(channel, workspaceId, payload.data?.after ?? null);
  }

  /** A client that knows a chat up to an event: as a subscription after it. */
  async function resume(who: Identity, frame: ClientFrame): Promise<void> {
    const payload = resumePayload.safeParse(frame.payload);
    if (!payload.success) throw new CrewshipError('invalid_request', 'payload takes session_id and last_seq');
    return chats.add(who, `session:${payload.data.session_id}`, payload.data.last_seq);
  }

  async function handle(frame: ClientFrame): Promise<void> {
    if (socket.readyState !== socket.OPEN) return;
    if (identity === null) return authenticate(frame);
    switch (frame.type) {
      case 'subscribe':
        return subscribe(identity, frame);
      case 'unsubscribe':
        if (![subscriptions, chats].some((some) => some.remove(frame.channel ?? '')))
          throw new CrewshipError('not_found', 'no such subscription');
        return send({ type: 'unsubscribed', channel: frame.channel!, payload: null });
      case 'resume':
        return resume(identity, frame);
      case 'send_message':
        return send({
          type: 'message_sent',
          payload: await deps.chats.send({ ...deps.from, identity }, frame.payload),
        });
      case 'cancel_message':
        return send({
          type: 'message_cancelled',
          payload: await deps.chats.cancel({ ...deps.from, identity }, frame.payload),
        });
      case 'ping':
        return send({ type: 'pong', payload: null });
      case 'pong':
        return undefined;
      default:
        throw new CrewshipError('invalid_request', 'this type of frame is not known');
    }
  }

  /** What a refusal is about. */
  function addressOf({ channel, payload }: ClientFrame): string | undefined {
    const named = z.object({ session_id: z.string().max(64) }).safeParse(payload);
    return channel ?? (named.success ? `session:${named.data.session_id}` : undefined);
  }

  function parse(data: RawData, isBinary: boolean): ClientFrame | null {
    if (isBinary) return null;
    try {
      return clientFrame.parse(JSON.parse((data as Buffer).toString()));
    } catch {
      return null;
    }
  }

  function receive(data: RawData, isBinary: boolean): void {
    if (queuedRequests >= MAX_QUEUED_REQUESTS) {
      close(CLOSE.policy, 'too many requests at once');
      return;
    }
    const frame = parse(data, isBinary);
    queuedRequests += 1;
    requests = requests
      .then(() => {
        if (frame !== null) return handle(frame);
        if (identity !== null) throw new CrewshipError('invalid_request', 'the frame is not a JSON object with a type');
        return authenticate({ type: '' });
      })
      .catch((thrown: unknown) => {
        const error = toCrewshipError(thrown);
        if (error.code === 'internal') deps.log.error({ err: error.cause ?? error }, 'a socket’s request failed');
        refuse(error, frame === null ? undefined : addressOf(frame));
      })
      .finally(() => {
        queuedRequests -= 1;
      });
  }

  socket.on('message', receive);
  socket.on('pong', () => {
    hasAnsweredPing = true;
  });
  // What is wrong with a socket also closes it.
  socket.on('error', () => {});
  socket.on('close', () => {
    unwatch();
    subscriptions.clear();
    chats.clear();
  });

  return {
    tick(nowMs, stoodMs) {
      openedAtMs += stoodMs;
      pingAtMs += stoodMs;
      if (blockedSinceMs !== undefined) blockedSinceMs = Math.min(nowMs, blockedSinceMs + stoodMs);
      if (identity === null && nowMs - openedAtMs > AUTH_TIMEOUT_MS) {
        refuse(new CrewshipError('unauthenticated', 'no auth frame came in time'));
        close(CLOSE.authTimeout, 'no auth frame');
        return;
      }
      if (blockedSinceMs !== undefined && nowMs - blockedSinceMs > timings.stallLimitMs) {
        // A client that takes nothing can be told nothing.
        socket.terminate();
        return;
      }
      if (nowMs < pingAtMs) return;
      pingAtMs = nowMs + timings.socketPingMs;
      if (!hasAnsweredPing) {
        socket.terminate();
        return;
      }
      hasAnsweredPing = false;
      socket.ping();
      if (identity !== null) send({ type: 'ping', payload: null });
    },
    shutDown: () => close(CLOSE.goingAway, 'shutting down; connect again'),
  };
}
