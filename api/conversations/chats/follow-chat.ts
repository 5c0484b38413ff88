import { type ChatViewer, readFooting, type WaitedChat } from '../../../db/conversations/chats/sessions-store.ts';
import { listTurnEvents } from '../../../db/conversations/chats/read-conversation.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import { endsTurn, type TurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import type { Waiters } from '../../http/waits/waiters.ts';

const PAGE = 200;
/** How long a follower waits without looking at the rows again. */
const LOOK_AGAIN_MS = 30_000;

/** What expires is looked at when it has. */
const PAST_MS = 5;

/** How following ended: the turn, or all turns, are over; the follower may read no more; or it has gone. */
export type FollowEnd = 'over' | 'revoked' | 'gone';

export interface FollowedChat {
  readonly viewer: ChatViewer;
  readonly chatId: string;
  /** Events after this one. */
  readonly after: number;
  /** One turn, to its end. Null: what the chat tells, until no turn is under way; `forever`: on and on. */
  readonly jobId: string | null;
  readonly forever?: boolean;
  /** Resolves when the client takes more. */
  readonly send: (events: readonly TurnEvent[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Follows what a chat's turns tell, from rows: on any process, from any event on, each event once. Whether the follower
 * may read is asked with each look, and whoever takes a right away wakes the followers. A follower holds a number and
 * not a queue: what it does not take yet is read when it does.
 */
export async function followChat(
  deps: { readonly reads: ReadPool; readonly chatWaiters: Pick<Waiters<WaitedChat>, 'wait'> },
  followed: FollowedChat,
): Promise<FollowEnd> {
  const { viewer, chatId, jobId, signal } = followed;
  const chat = { workspaceId: viewer.workspaceId, id: chatId };
  for (let { after } = followed; !signal.aborted; ) {
    // Read before the events: of a turn that is over there is none after those that are sent now.
    const footing = await readFooting(deps.reads, viewer, chatId);
    if (footing === null) return 'revoked';
    for (;;) {
      const events = await listTurnEvents(deps.reads, chat, { afterSeq: after, limit: PAGE, jobId });
      if (events.length > 0) await followed.send(events);
      after = events.at(-1)?.seq ?? after;
      if (jobId !== null && events.some(({ type }) => endsTurn(type))) return 'over';
      if (events.length < PAGE || signal.aborted) break;
    }
    const isOver = jobId === null ? footing.turn_job_id === null : footing.turn_job_id !== jobId;
    if (isOver && followed.forever !== true && after >= footing.event_seq) return 'over';
    // A turn's own end was told; what follows in the chat is of another.
    if (isOver && jobId !== null) return 'over';
    const seen = Math.max(after, footing.event_seq);
    const lookAgainInMs = Math.min(LOOK_AGAIN_MS, (footing.expires_in_ms ?? LOOK_AGAIN_MS) + PAST_MS);
    await deps.chatWaiters.wait({
      workspaceId: viewer.workspaceId,
      id: chatId,
      judge: (row) =>
        row === null || row.event_seq > seen || row.access_seq > footing.access_seq
          ? { answer: null }
          : { lookAgainInMs },
      timeoutMs: lookAgainInMs,
      signal,
    });
  }
  return 'gone';
}
