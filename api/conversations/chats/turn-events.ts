import type { TurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type FollowedChat, type FollowEnd, followChat } from './follow-chat.ts';

/**
 * What {@link followChat} hands out, one event after the other: as many are read as are taken. It ends with the turn,
 * or when `signal` is aborted. Throws `not_found` once the follower may read no more.
 */
export async function* turnEvents(
  deps: Parameters<typeof followChat>[0],
  { signal, ...followed }: Omit<FollowedChat, 'send'>,
): AsyncGenerator<TurnEvent, void, undefined> {
  const stop = new AbortController();
  let offered = Promise.withResolvers<readonly TurnEvent[] | null>();
  let taken = Promise.withResolvers<void>();
  let end: FollowEnd | { readonly failed: unknown } = 'gone';
  const send = async (events: readonly TurnEvent[]): Promise<void> => {
    offered.resolve(events);
    await taken.promise;
  };
  const following = followChat(deps, { ...followed, signal: AbortSignal.any([signal, stop.signal]), send })
    .then(
      (how) => {
        end = how;
      },
      (failed: unknown) => {
        end = { failed };
      },
    )
    .finally(() => offered.resolve(null));
  try {
    for (;;) {
      const events = await offered.promise;
      if (events === null) break;
      yield* events;
      offered = Promise.withResolvers();
      const before = taken;
      taken = Promise.withResolvers();
      before.resolve();
    }
  } finally {
    stop.abort();
    taken.resolve();
    await following;
  }
  const how = end as FollowEnd | { readonly failed: unknown };
  if (typeof how === 'object') throw how.failed;
  if (how === 'revoked') throw notFound('session');
}
