import type { BlobDeps } from '../../../commands/kernel/blobs/write-blob.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { isJobOver } from '../../../domain/work/jobs/job-status.ts';
import { optionalBody } from '../../http/kernel/fields.ts';
import { accepted, defineRoute, ok, type ResponseHeaders, type Route } from '../../http/kernel/route.ts';
import { cancelTurnAs } from './cancel-turn-as.ts';
import {
  cancelAnswer,
  cancelBody,
  chatBody,
  chatStreamBody,
  externalChatBody,
  externalStreamBody,
  externalTurnAnswer,
  turnAnswer,
  turnStreamAnswer,
} from './chat-schemas.ts';
import { readMessage } from './read-message.ts';
import { awaitTurn, resumedTurn, streamTurn, type TurnDeps, viewerOf, writeMessage } from './turn-calls.ts';

/** What a message is refused with. */
export const BUSY = [
  'session_not_active',
  'turn_in_progress',
  'no_default_agent',
  'ambiguous_reference',
  'conflict',
  'wrong_state',
  'limit_reached',
  'no_live_host',
] as const;

const BUSY_WITH_FILES = [...BUSY, 'storage_full', 'unavailable', 'unsupported_media_type'] as const;

const FILES_DESCRIPTION =
  'As multipart/form-data the same fields come with `files`: at most 10 of 25 MiB, which the agent finds as those of ' +
  'chats (docs/contracts/conversations.md, Files). `message` may be left out then.';

const STAYING_DESCRIPTION = 'A client that goes leaves the turn alone unless `on_disconnect` says so.';

const STREAM_DESCRIPTION =
  'Events of the turn (docs/contracts/conversations.md, Events of a turn) as server-sent events, whose ids are their ' +
  'numbers in the session; the stream closes after the one that ends the turn. Who comes back with `Last-Event-ID` ' +
  'and the `session_id` goes on after that event, and writes no message; so does a repetition under its ' +
  'Idempotency-Key, from the turn’s beginning. `error` before a close: `access_revoked`, `unavailable`.';

/** Messages to agents and the turns that answer them: docs/contracts/conversations.md, Turns. */
export function createChatRoutes(
  deps: TurnDeps & { readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'> } & {
    readonly database: Pick<Database, 'reads' | 'transaction' | 'systemTransaction' | 'systemReads'>;
  },
): Route[] {
  const tags = ['Chat'];
  const write = { access: 'member', action: 'participate', scope: 'chat:write' } as const;
  const isOver = (turn: Turn) => isJobOver(turn.status);

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/chat',
      operationId: 'chat',
      summary: 'Write to an agent, and wait for its answer',
      description:
        '200 with the answer when it is there within `wait_s`, else 202: the turn goes on, whether or not the client ' +
        `stays. One turn of a session is under way at a time. ${FILES_DESCRIPTION}`,
      tags,
      authority: write,
      body: optionalBody(chatBody),
      takesForm: true,
      isUpload: true,
      responses: { 200: turnAnswer, 202: turnAnswer },
      errors: BUSY_WITH_FILES,
      isLongLived: true,
      handler: async (ctx) => {
        const { wait_s: waitS, ...written } = await readMessage(deps, ctx, chatBody);
        const begun = await ctx.write(async (tx) =>
          accepted(await writeMessage(tx, viewerOf(ctx), written, ctx.actor)),
        );
        const turn = await awaitTurn(deps, ctx, begun.body.job_id, waitS);
        return { status: isOver(turn) ? 200 : 202, body: turn, ...headersOf(begun) };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/chat/stream',
      operationId: 'streamChat',
      summary: 'Write to an agent, and read along',
      description: `${STREAM_DESCRIPTION} ${STAYING_DESCRIPTION} ${FILES_DESCRIPTION}`,
      tags,
      authority: write,
      body: optionalBody(chatStreamBody),
      takesForm: true,
      isUpload: true,
      responses: { 200: turnStreamAnswer },
      contentType: 'text/event-stream',
      errors: BUSY_WITH_FILES,
      isLongLived: true,
      handler: async (ctx) => {
        const { on_disconnect: onDisconnect, ...written } = await readMessage(deps, ctx, chatStreamBody);
        const resumed = await resumedTurn(deps, ctx, written.session_id);
        if (resumed !== null) return streamTurn(deps, ctx, resumed, onDisconnect);
        // What is stored under an Idempotency-Key is the turn; each repetition reads along from its beginning.
        const begun = await ctx.write(
          async (tx) => ok(await writeMessage(tx, viewerOf(ctx), written, ctx.actor)) as never,
        );
        const turn = begun.body as unknown as Turn;
        return streamTurn(deps, ctx, { ...turn, after: beginningOf(turn) }, onDisconnect);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/chat/cancel',
      operationId: 'cancelChat',
      summary: 'Cancel a turn',
      description:
        'For who owns the session or writes to it, and those who manage the workspace. 202: it ends as soon as its ' +
        'agent is stopped; 200 when it was over already; 409 for a session in which nothing was ever asked.',
      tags,
      authority: write,
      body: cancelBody,
      responses: { 200: cancelAnswer, 202: cancelAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { job_id: jobId, session_id: chatId, run_id: runId, reason } = ctx.body;
          const caller = { ...viewerOf(ctx), role: ctx.workspace.role, actor: ctx.actor };
          const { wasOver, ...job } = await cancelTurnAs(tx, caller, { jobId, chatId, runId }, reason ?? null);
          return wasOver ? ok(job) : accepted(job);
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/external/chat',
      operationId: 'externalChat',
      summary: 'Let another system talk to an agent',
      description:
        'As `POST /chat`, with the conversation under the caller’s own id, and the answer’s text as `reply`.',
      tags,
      authority: write,
      body: externalChatBody,
      responses: { 200: externalTurnAnswer, 202: externalTurnAnswer },
      errors: BUSY,
      isLongLived: true,
      handler: async (ctx) => {
        const written = writtenBy(ctx.body);
        const begun = await ctx.write(async (tx) => {
          const turn = await writeMessage(tx, viewerOf(ctx), written, ctx.actor);
          return accepted({ ...turn, reply: null });
        });
        const turn = await awaitTurn(deps, ctx, begun.body.job_id, ctx.body.wait_s);
        const body = { ...turn, reply: turn.message?.content ?? null };
        return { status: isOver(turn) ? 200 : 202, body, ...headersOf(begun) };
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/external/chat/stream',
      operationId: 'streamExternalChat',
      summary: 'Let another system talk to an agent, and read along',
      description: STREAM_DESCRIPTION,
      tags,
      authority: write,
      body: externalStreamBody,
      responses: { 200: turnStreamAnswer },
      contentType: 'text/event-stream',
      errors: BUSY,
      isLongLived: true,
      handler: async (ctx) => {
        const resumed = await resumedTurn(deps, ctx, ctx.body.session_id);
        if (resumed !== null) return streamTurn(deps, ctx, resumed, 'continue');
        const written = writtenBy(ctx.body);
        const begun = await ctx.write(
          async (tx) => ok(await writeMessage(tx, viewerOf(ctx), written, ctx.actor)) as never,
        );
        const turn = begun.body as unknown as Turn;
        return streamTurn(deps, ctx, { ...turn, after: beginningOf(turn) }, 'continue');
      },
    }),
  ];
}

/** The event before the turn's first one. */
function beginningOf(turn: Turn): number {
  return Number(new URL(turn.events_url, 'http://self').searchParams.get('after_seq'));
}

function headersOf({ headers }: { readonly headers?: ResponseHeaders }): { readonly headers?: ResponseHeaders } {
  return headers === undefined ? {} : { headers };
}

function writtenBy(body: {
  readonly message?: string | undefined;
  readonly messages?: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[] | undefined;
  readonly session_id?: string | undefined;
  readonly external_id?: string | undefined;
  readonly agent?: string | undefined;
  readonly project_id?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}) {
  const { message, messages = [], session_id, external_id, agent, project_id, metadata } = body;
  return {
    ...{ session_id, external_id, agent, project_id, metadata },
    message: message ?? messages.at(-1)!.content,
    earlier: messages.slice(0, -1),
  };
}
