import { z } from 'zod';
import { revokeSession } from '../../../commands/people/identity/session-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listSessions } from '../../../db/people/identity/list-sessions.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const sessionSchema = z.object({
  id: z.string(),
  created_at: timeField,
  last_used_at: timeField.describe('to the minute'),
  expires_at: timeField,
  user_agent: z.string().nullable(),
  ip: z.string().nullable(),
  is_current: z.boolean().describe('whether this request was made with it'),
});

/** Where a person is signed in. */
export function createSessionRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/sessions',
      operationId: 'listAuthSessions',
      summary: 'List where one is signed in, the most recently used first',
      description: 'Live sessions of both façades: browsers and programs.',
      tags: ['Identity'],
      authority: { access: 'user', scope: 'auth:read' },
      responses: { 200: z.array(sessionSchema) },
      handler: async (ctx) => {
        const rows = await listSessions(deps.database.systemReads, ctx.principal.userId!);
        return ok(rows.map((row) => ({ ...row, is_current: row.id === ctx.principal.sessionId })));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/sessions/:authSessionId/revoke',
      operationId: 'revokeAuthSession',
      summary: 'Sign out somewhere',
      description: 'Its cookie, tokens and sockets are refused within a second in every process.',
      tags: ['Identity'],
      authority: { access: 'user', scope: 'auth:write' },
      params: z.object({ authSessionId: idField }),
      responses: { 200: z.object({ ok: z.literal(true), id: z.string(), is_current: z.boolean() }) },
      handler: async (ctx) => {
        const { authSessionId: id } = ctx.params;
        const { userId, sessionId } = ctx.principal;
        const result = await ctx.write(async (tx) => {
          const wasLive = await revokeSession(tx, { id, userId: userId!, reason: 'revoked' }, ctx.actor);
          if (!wasLive) throw notFound('session');
          return ok({ ok: true as const, id, is_current: id === sessionId });
        });
        deps.forgetUser(userId!);
        return result;
      },
    }),
  ];
}
