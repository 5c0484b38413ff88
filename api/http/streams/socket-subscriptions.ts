import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { scopesAllow } from '../../../domain/people/identity/scopes.ts';
import type { Identity } from '../../../db/people/identity/find-identity.ts';
import { mayReadEntry } from '../../../domain/evidence/journal/journal-reader.ts';
import type { Presence } from '../../../platform/presence/presence.ts';
import { mayFollow, readerOf } from './access-watch.ts';
import type { Follower } from './follower.ts';
import type { EventFrame } from './tail-entry.ts';
import type { JournalTails } from './journal-tails.ts';

/** The socket as its subscriptions see it. */
export interface FrameSink {
  isFull(): boolean;
  /** An event, as text. */
  sendText(text: string): void;
  send(frame: { readonly type: string; readonly channel?: string; readonly payload: unknown }): void;
}

export interface SocketSubscriptions {
  /**
   * Subscribes to a channel of a workspace, after `after` or from now on, and says so. Throws `conflict` when there are
   * too many, `unavailable` when the journal cannot be read.
   */
  add(channel: string, workspaceId: string, after: number | null): Promise<void>;
  /** The same for a channel that is told of in several workspaces, from now on. It has no position. */
  addOfAll(channel: string, workspaceIds: readonly string[]): Promise<void>;
  remove(channel: string): boolean;
  /** The socket takes frames again. */
  drain(): void;
  /** Drops what the token may no longer read. */
  recheck(identity: Identity): void;
  clear(): void;
}

const MAX_CHANNELS = 64;

interface Subscription {
  readonly workspaceId: string;
  follower: Follower | null;
  hasBegun: boolean;
  /** Nobody is at the channel's crew any more by this. */
  leave: () => void;
}

/** Channels whose followers are with a crew. */
const CREW_CHANNEL = /^(?:crew|files):(.+)$/;

/** The channels of one socket, each with a place of its own in its workspace's journal. */
export function createSocketSubscriptions(deps: {
  readonly tails: Pick<JournalTails, 'follow' | 'unfollow'>;
  readonly socket: FrameSink;
  readonly identity: () => Identity | null;
  readonly presence: Pick<Presence, 'enter'>;
}): SocketSubscriptions {
  const { socket, tails } = deps;
  const subscriptions = new Map<string, Subscription>();
  /** In the order in which they found the socket full, so that none is passed over twice. */
  const blocked = new Set<Subscription>();

  /** Parts of a channel that is told of in several workspaces. */
  const partsOf = (channel: string) => [...subscriptions.keys()].filter((key) => key.startsWith(`${channel} `));

  function removeKey(key: string): boolean {
    const subscription = subscriptions.get(key);
    if (subscription === undefined) return false;
    subscriptions.delete(key);
    blocked.delete(subscription);
    subscription.leave();
    if (subscription.follower !== null) tails.unfollow(subscription.workspaceId, subscription.follower);
    return true;
  }

  function remove(channel: string): boolean {
    const parts = partsOf(channel);
    for (const part of parts) removeKey(part);
    return removeKey(channel) || parts.length > 0;
  }

  function sinkOf(channel: string, subscription: Subscription) {
    // Other channels hear only of what all who may listen there may know.
    const isJournal = channel.startsWith('journal:');
    return {
      isFull() {
        if (!subscription.hasBegun) return true;
        if (!socket.isFull()) return false;
        blocked.add(subscription);
        return true;
      },
      deliver(entry: Parameters<Follower['sink']['deliver']>[0]) {
        const identity = deps.identity();
        const scopes = identity?.scopes ?? null;
        if (isJournal && !mayReadEntry(entry.audience, readerOf(identity, subscription.workspaceId))) return;
        for (const frame of entry.frames()) {
          if (frame.channel === channel && scopesAllow(scopes, frame.scope)) socket.sendText(frame.text);
        }
      },
      hint(frame: EventFrame) {
        if (!subscription.hasBegun || frame.channel !== channel || socket.isFull()) return;
        if (scopesAllow(deps.identity()?.scopes ?? null, frame.scope)) socket.sendText(frame.text);
      },
      reset() {
        for (const [key, one] of subscriptions) if (one === subscription) subscriptions.delete(key);
        blocked.delete(subscription);
        subscription.leave();
        socket.send({ type: 'unsubscribed', channel, payload: { reason: 'reset' } });
      },
    };
  }

  async function add(channel: string, workspaceId: string, after: number | null): Promise<void> {
    remove(channel);
    if (subscriptions.size >= MAX_CHANNELS) {
      throw new CrewshipError('conflict', `at most ${MAX_CHANNELS} channels a socket`);
    }
    const subscription: Subscription = { workspaceId, follower: null, hasBegun: false, leave: () => {} };
    subscriptions.set(channel, subscription);
    const request = { workspaceId, sink: sinkOf(channel, subscription) };
    let isReset = false;
    let found: Follower | 'ahead';
    try {
      found = await tails.follow({ ...request, after });
      if (found === 'ahead') {
        // The client knows a journal that was lost: it begins anew and is told so.
        isReset = true;
        found = await tails.follow({ ...request, after: null });
      }
    } catch (error) {
      if (subscriptions.get(channel) === subscription) subscriptions.delete(channel);
      throw error;
    }
    if (found === 'ahead') throw new CrewshipError('internal', 'a stream ended before its own end');
    if (subscriptions.get(channel) !== subscription) {
      // The socket closed, or access ended, in between.
      tails.unfollow(workspaceId, found);
      return;
    }
    subscription.follower = found;
    subscription.hasBegun = true;
    const crewId = CREW_CHANNEL.exec(channel)?.[1];
    const userId = deps.identity()?.user_id;
    if (crewId !== undefined && userId !== undefined) subscription.leave = deps.presence.enter(crewId, userId);
    socket.send({
      type: 'subscribed',
      channel,
      payload: { position: found.position, ...(isReset ? { reset: true } : {}) },
    });
    found.advance();
  }

  async function addOfAll(channel: string, workspaceIds: readonly string[]): Promise<void> {
    remove(channel);
    if (subscriptions.size + workspaceIds.length > MAX_CHANNELS) {
      throw new CrewshipError('conflict', `at most ${MAX_CHANNELS} channels a socket`);
    }
    const parts = workspaceIds.map((workspaceId) => {
      const subscription: Subscription = { workspaceId, follower: null, hasBegun: false, leave: () => {} };
      subscriptions.set(`${channel} ${workspaceId}`, subscription);
      return subscription;
    });
    const isThere = (part: Subscription) => subscriptions.get(`${channel} ${part.workspaceId}`) === part;
    try {
      for (const part of parts) {
        const found = await tails.follow({ ...part, sink: sinkOf(channel, part), after: null });
        if (found === 'ahead') throw new CrewshipError('internal', 'a stream ended before its own end');
        if (isThere(part)) part.follower = found;
        else tails.unfollow(part.workspaceId, found);
      }
    } catch (error) {
      for (const part of parts.filter(isThere)) removeKey(`${channel} ${part.workspaceId}`);
      throw error;
    }
    if (!parts.some(isThere)) return;
    socket.send({ type: 'subscribed', channel, payload: { position: null } });
    for (const part of parts.filter(isThere)) {
      part.hasBegun = true;
      part.follower?.advance();
    }
  }

  return {
    add,
    addOfAll,
    remove,
    drain() {
      for (const subscription of [...blocked]) {
        if (socket.isFull()) return;
        blocked.delete(subscription);
        subscription.follower?.advance();
      }
    },
    recheck(identity) {
      for (const [key, { workspaceId }] of subscriptions) {
        const channel = key.split(' ', 1)[0]!;
        if (mayFollow(identity, channel, workspaceId)) continue;
        removeKey(key);
        // Of what is told of in several workspaces the others go on.
        if (key !== channel && partsOf(channel).length > 0) continue;
        socket.send({
          type: 'error',
          channel,
          payload: { message: 'access to this channel was revoked', error: 'access_revoked' },
        });
      }
    },
    clear() {
      for (const key of [...subscriptions.keys()]) removeKey(key);
    },
  };
}
