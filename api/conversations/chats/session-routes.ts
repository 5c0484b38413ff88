import {
  archiveSession,
  closeSession,
  createSession,
  updateSession,
} from '../../../commands/conversations/chats/session-commands.ts';
import { listMessages } from '../../../db/conversations/chats/read-conversation.ts';
import { getSession, listSessions } from '../../../db/conversations/chats/sessions-store.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  closeBody,
  newSessionBody,
  sessionAnswer,
  sessionParams,
  sessionPatchBody,
  sessionQuery,
  sessionsAnswer,
  sessionsQuery,
  sessionWithMessagesAnswer,
} from './session-schemas.ts';
import { viewerOf } from './turn-calls.ts';

/** Sessions: docs/contracts/conversations.md, Sessions. */
export function createSessionRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Sessions'];
  const read = { access: 'member', action: 'read', scope: 'sessions:read' } as const;
  const write = { access: 'member', action: 'participate', scope: 'sessions:write' } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/sessions',
      operationId: 'createSession',
      summary: 'Begin a session that the caller owns',
      tags,
      authority: write,
      body: newSessionBody,
      responses: { 201: sessionAnswer },
      errors: ['conflict', 'wrong_state', 'ambiguous_reference'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { title, project_id: projectId, agent, visibility, metadata } = ctx.body ?? {};
          const session = {
            ...viewerOf(ctx),
            title: title ?? null,
            projectId: projectId ?? null,
            agent: agent ?? null,
            visibility: visibility ?? 'private',
            externalId: null,
            metadata: (metadata ?? {}) as JsonObject,
            origin: ctx.actor.authMethod === 'session' ? ('UI' as const) : ('CLI' as const),
          };
          return created(await createSession(tx, session, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/sessions',
      operationId: 'listSessions',
      summary: 'List the sessions that the caller may see, the one that was talked in last first',
      tags,
      authority: read,
      query: sessionsQuery,
      responses: { 200: sessionsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { status, project_id: projectId, agent, mine, shared, q: search, limit, offset } = ctx.query;
        const viewer = viewerOf(ctx);
        const agentId = agent === undefined ? undefined : (await resolveAgent(reads, viewer.workspaceId, agent)).id;
        const isMine = mine ?? (shared === undefined ? undefined : !shared);
        const filter = { status, projectId, agentId, isMine, search };
        const page = await listSessions(reads, viewer, filter, ctx.query);
        return ok(
          { items: page.rows, total: page.total, limit, offset },
          pageHeaders(ctx.request.url, ctx.query, page),
        );
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/sessions/:sessionId',
      operationId: 'getSession',
      summary: 'Get a session with its messages',
      tags,
      authority: read,
      params: sessionParams,
      query: sessionQuery,
      responses: { 200: sessionWithMessagesAnswer },
      handler: async (ctx) => {
        const { after_seq: afterSeq, messages_limit: limit } = ctx.query;
        const viewer = viewerOf(ctx);
        const session = await getSession(reads, viewer, ctx.params.sessionId);
        const chat = { workspaceId: viewer.workspaceId, id: session.id };
        const messages = await listMessages(reads, chat, { afterSeq, limit });
        return ok({ ...session, messages, next_seq: messages.at(-1)?.seq ?? afterSeq });
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/sessions/:sessionId',
      operationId: 'updateSession',
      summary: 'Change a session, or open a closed one again',
      description:
        'For its owner and who edits the project that sees it; the visibility is its owner’s. Nothing is changed ' +
        'when `version` names another state.',
      tags,
      authority: write,
      params: sessionParams,
      body: sessionPatchBody,
      responses: { 200: sessionAnswer },
      errors: ['wrong_state', 'version_conflict', 'ambiguous_reference'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { version, metadata, ...patch } = ctx.body;
          const changed = { ...patch, metadata: metadata as JsonObject | undefined };
          const call = { ...viewerOf(ctx), id: ctx.params.sessionId, patch: changed, version };
          return ok(await updateSession(tx, call, () => {}, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/sessions/:sessionId/close',
      operationId: 'closeSession',
      summary: 'Close a session: it is read on, and takes no messages',
      description: 'Repeating it changes nothing. 409 while a turn is under way.',
      tags,
      authority: write,
      params: sessionParams,
      body: closeBody,
      responses: { 200: sessionAnswer },
      errors: ['wrong_state', 'turn_in_progress', 'session_not_active'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = { ...viewerOf(ctx), id: ctx.params.sessionId, summary: ctx.body?.summary ?? null };
          return ok(await closeSession(tx, call, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/sessions/:sessionId/archive',
      operationId: 'archiveSession',
      summary: 'Put a session away for good',
      description: 'An active one is closed first. Repeating it changes nothing. 409 while a turn is under way.',
      tags,
      authority: write,
      params: sessionParams,
      responses: { 200: sessionAnswer },
      errors: ['turn_in_progress'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = { ...viewerOf(ctx), id: ctx.params.sessionId };
          return ok(await archiveSession(tx, call, ctx.actor));
        }),
    }),
  ];
}
