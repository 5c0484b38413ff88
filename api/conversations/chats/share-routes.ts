import { z } from 'zod';
import { recordFeedback } from '../../../commands/conversations/chats/feedback-commands.ts';
import { acceptShare, createShare, revokeShare } from '../../../commands/conversations/chats/share-commands.ts';
import { measureFeedback } from '../../../db/conversations/chats/feedback-store.ts';
import { getSession } from '../../../db/conversations/chats/sessions-store.ts';
import { listShares } from '../../../db/conversations/chats/shares-store.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { refuseChatRole } from '../../../domain/conversations/chats/chat.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { sessionParams } from './session-schemas.ts';
import {
  acceptBody,
  feedbackAnswer,
  feedbackBody,
  metricRange,
  metricsAnswer,
  metricsQuery,
  newShareAnswer,
  newShareBody,
  shareAnswer,
  shareParams,
  sharesAnswer,
  sharesQuery,
  usualExpiry,
} from './share-schemas.ts';
import { viewerOf } from './turn-calls.ts';

/** Who else sees a session, and what people think of its answers: docs/contracts/conversations.md, Shares. */
export function createShareRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Sessions'];
  const read = { access: 'member', action: 'read', scope: 'sessions:read' } as const;
  const write = { access: 'member', action: 'participate', scope: 'sessions:write' } as const;
  // Who was let in reads, whatever their role in the workspace.
  const take = { access: 'member', action: 'read', scope: 'sessions:write' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/sessions/:sessionId/shares',
      operationId: 'listShares',
      summary: 'List a session’s shares, newest first',
      description: 'For its owner.',
      tags,
      authority: read,
      params: sessionParams,
      query: sharesQuery,
      responses: { 200: sharesAnswer },
      handler: async (ctx) => {
        const { status, limit, offset } = ctx.query;
        const viewer = viewerOf(ctx);
        const session = await getSession(reads, viewer, ctx.params.sessionId);
        refuseChatRole(session.my_role, 'owner');
        const chat = { workspaceId: viewer.workspaceId, id: session.id };
        const page = await listShares(reads, chat, status, ctx.query);
        return ok(
          { items: page.rows, total: page.total, limit, offset },
          pageHeaders(ctx.request.url, ctx.query, page),
        );
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/sessions/:sessionId/shares',
      operationId: 'createShare',
      summary: 'Share a session with a person, an address or who has a link',
      description: 'For its owner. It lets somebody of the workspace in once they accept; the token is shown once.',
      tags,
      authority: write,
      params: sessionParams,
      body: newShareBody,
      responses: { 201: newShareAnswer },
      errors: ['conflict', 'limit_reached'],
      secretMembers: ['token'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { user_id: userId, email, role, expires_at: expiresAt } = ctx.body;
          const to = userId !== undefined ? { userId } : email !== undefined ? { email } : { link: true as const };
          const call = { ...viewerOf(ctx), id: ctx.params.sessionId };
          const share = { ...call, to, role, expiresAt: expiresAt ?? usualExpiry() };
          const made = await createShare(tx, share, ctx.actor);
          return created({ ...made.share, token: made.token });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/sessions/:sessionId/shares/:shareId/accept',
      operationId: 'acceptShare',
      summary: 'Accept a share',
      description:
        'By who it is for: the person, or who has its token, and for an address who owns it. Anybody else is ' +
        'answered 404. A token takes one person in.',
      tags,
      authority: take,
      params: shareParams,
      body: acceptBody,
      responses: { 200: shareAnswer },
      errors: ['wrong_state', 'conflict', 'gone'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { sessionId: id, shareId } = ctx.params;
          const call = { ...viewerOf(ctx), id, shareId, token: ctx.body?.token ?? null };
          return ok(await acceptShare(tx, call, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/sessions/:sessionId/shares/:shareId',
      operationId: 'revokeShare',
      summary: 'Revoke a share, or leave a session that was shared',
      description: 'By the session’s owner or who it is for; what they follow ends within a second.',
      tags,
      authority: take,
      params: shareParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { sessionId: id, shareId } = ctx.params;
          await revokeShare(tx, { ...viewerOf(ctx), id, shareId }, ctx.actor);
          return noContent();
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/sessions/:sessionId/feedback',
      operationId: 'recordFeedback',
      summary: 'Say what one thinks of a message',
      description: '201; 200 when it takes the place of what the same person said before with the same signal.',
      tags,
      authority: write,
      params: sessionParams,
      body: feedbackBody,
      responses: { 200: feedbackAnswer, 201: feedbackAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { message_id: messageId, rating, signal, comment, tags: given } = ctx.body;
          const call = { ...viewerOf(ctx), id: ctx.params.sessionId };
          const said = { messageId, rating, signal: signal ?? '', comment: comment ?? null, tags: given };
          const { feedback, isNew } = await recordFeedback(tx, { ...call, ...said }, ctx.actor);
          return isNew ? created(feedback) : ok(feedback);
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/feedback/metrics',
      operationId: 'getFeedbackMetrics',
      summary: 'Count what people think of answers',
      description: 'Numbers alone, of all sessions but those of projects that the caller may not see.',
      tags,
      authority: read,
      query: metricsQuery,
      responses: { 200: metricsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { agent, project_id: projectId, group_by: groupBy } = ctx.query;
        const viewer = viewerOf(ctx);
        const agentId = agent === undefined ? undefined : (await resolveAgent(reads, viewer.workspaceId, agent)).id;
        const groups = await measureFeedback(reads, viewer, { ...metricRange(ctx.query), agentId, projectId }, groupBy);
        const sum = (of: 'total' | 'positive' | 'negative') => groups.reduce((all, group) => all + group[of], 0);
        const [positive, negative] = [sum('positive'), sum('negative')];
        const rated = positive + negative;
        const rate = rated === 0 ? null : positive / rated;
        return ok({ total: sum('total'), positive, negative, positive_rate: rate, groups });
      },
    }),
  ];
}
