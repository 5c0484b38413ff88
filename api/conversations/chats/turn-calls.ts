import type { FastifyRequest } from 'fastify';
import { beginTurn } from '../../../commands/engine/turns/begin-turn.ts';
import { cancelTurn } from '../../../commands/engine/turns/cancel-turn.ts';
import { type NewFile, storeFilesOf } from '../../../commands/conversations/chats/attachment-commands.ts';
import { type NewSession, sessionFor } from '../../../commands/conversations/chats/session-commands.ts';
import { readTurn, readTurnIn, type Turn } from '../../../db/conversations/chats/read-turn.ts';
import { findTurnOfEvent } from '../../../db/conversations/chats/read-conversation.ts';
import { type ChatViewer, getSession } from '../../../db/conversations/chats/sessions-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findJob } from '../../../db/work/jobs/job-row.ts';
import type { WaitedJob } from '../../../db/work/jobs/read-jobs.ts';
import { type Actor, type Principal, systemActor } from '../../../domain/kernel/access/authority.ts';
import { invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { isJobOver } from '../../../domain/work/jobs/job-status.ts';
import { eventsAnswer, lastEventId, streamCredential } from '../../http/streams/event-stream.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import type { Waiters } from '../../http/waits/waiters.ts';
import { openTurnStream, type TurnStreamDeps } from './turn-stream.ts';

/** How long a client waits without looking at the row again. */
const LOOK_AGAIN_MS = 30_000;

export interface TurnDeps extends TurnStreamDeps {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
  readonly jobWaiters: Pick<Waiters<WaitedJob>, 'wait'>;
}

interface Call {
  readonly workspace: { readonly id: string };
  readonly principal: Principal;
}

/** Whose eyes a request sees chats with. */
export function viewerOf({ workspace, principal }: Call): ChatViewer {
  return { workspaceId: workspace.id, userId: principal.userId! };
}

/** What somebody writes, and where. */
export interface WrittenMessage {
  readonly message: string;
  readonly session_id?: string | undefined;
  readonly external_id?: string | undefined;
  readonly project_id?: string | undefined;
  readonly agent?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Said before it elsewhere; kept in a new session only. */
  readonly earlier?: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[] | undefined;
  /** Files that came with it. */
  readonly files?: readonly NewFile[] | undefined;
}

/** A message and its turn, in the session that it names or a new one. */
export async function writeMessage(tx: Tx, viewer: ChatViewer, written: WrittenMessage, actor: Actor): Promise<Turn> {
  const metadata = (written.metadata ?? {}) as JsonObject;
  const wanted: NewSession & { readonly sessionId: string | undefined } = {
    ...viewer,
    sessionId: written.session_id,
    title: null,
    projectId: written.project_id ?? null,
    agent: written.agent ?? null,
    visibility: 'private',
    externalId: written.external_id ?? null,
    metadata: {},
    earlier: written.earlier,
    origin: actor.authMethod === 'session' ? 'UI' : 'CLI',
  };
  const session = await sessionFor(tx, wanted, actor);
  const turn = { ...viewer, chatId: session.id, message: written.message, agent: written.agent ?? null, metadata };
  const { jobId, messageId } = await beginTurn(tx, turn, actor);
  await storeFilesOf(tx, { ...viewer, id: session.id, messageId, files: written.files ?? [] }, actor);
  return found(await readTurnIn(tx, viewer, jobId));
}

function found(turn: Turn | null): Turn {
  if (turn === null) throw notFound('turn');
  return turn;
}

/** The turn once it is over, or as it is after that time. */
export async function awaitTurn(
  deps: TurnDeps,
  ctx: Call & { readonly request: FastifyRequest },
  jobId: string,
  waitS: number,
): Promise<Turn> {
  const viewer = viewerOf(ctx);
  if (waitS > 0) {
    const client = clientGone(ctx.request.raw);
    try {
      await deps.jobWaiters.wait({
        workspaceId: viewer.workspaceId,
        id: jobId,
        judge: (row) => (row === null || isJobOver(row.status) ? { answer: null } : { lookAgainInMs: LOOK_AGAIN_MS }),
        timeoutMs: waitS * 1_000,
        signal: client.signal,
      });
    } finally {
      client.release();
    }
  }
  return found(await readTurn(deps.database.reads, viewer, jobId));
}

/** What a turn tells, from an event on. `cancel`: a client that goes before the end takes the turn with it. */
export function streamTurn(
  deps: TurnDeps,
  ctx: Call,
  turn: { readonly session_id: string; readonly job_id: string; readonly after: number },
  onDisconnect: 'continue' | 'cancel',
) {
  const viewer = viewerOf(ctx);
  const body = openTurnStream(deps, {
    viewer,
    credentialId: streamCredential(ctx.principal),
    chatId: turn.session_id,
    jobId: turn.job_id,
    after: turn.after,
    ...(onDisconnect === 'cancel' ? { onGone: () => void cancelAbandoned(deps, viewer, turn.job_id) } : {}),
  });
  return eventsAnswer(body);
}

async function cancelAbandoned(deps: TurnDeps, { workspaceId }: ChatViewer, jobId: string): Promise<void> {
  try {
    await deps.database.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
      const job = await findJob(tx, jobId);
      if (job === null || isJobOver(job.status)) return;
      await cancelTurn(tx, job, systemActor(), 'the client that followed it has gone');
    });
  } catch (error) {
    deps.log.warn({ err: error, jobId }, 'a turn whose client has gone was not cancelled');
  }
}

/**
 * Where a client goes on that comes back with `Last-Event-ID`: the turn that it followed, and no new one. Null: it
 * comes for the first time.
 */
export async function resumedTurn(
  deps: TurnDeps,
  ctx: Call & { readonly request: FastifyRequest },
  sessionId: string | undefined,
): Promise<{ readonly session_id: string; readonly job_id: string; readonly after: number } | null> {
  const after = lastEventId(ctx.request.headers['last-event-id']);
  if (after === null) return null;
  if (sessionId === undefined) throw invalidField('session_id', 'goes with Last-Event-ID');
  const viewer = viewerOf(ctx);
  await getSession(deps.database.reads, viewer, sessionId);
  const chat = { workspaceId: viewer.workspaceId, id: sessionId };
  const jobId = await findTurnOfEvent(deps.database.reads, chat, after);
  if (jobId === null) throw invalidField('Last-Event-ID', 'is no id of this session');
  return { session_id: sessionId, job_id: jobId, after };
}
