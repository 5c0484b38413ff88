import { z } from 'zod';
import { revokeSession, revokeSessionsOf } from '../../../commands/people/identity/session-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { SESSION_COOKIES } from '../../http/auth/cookies.ts';
import { defineRoute, noContent, ok, type ResponseHeaders, type Route } from '../../http/kernel/route.ts';
import { describeMe } from './me.ts';
import { logoutBody, meAnswer } from './program-schemas.ts';

/** Who a program is, and how its session ends: docs/contracts/identity.md, Programs. */
export function createProgramSessionRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly authentication: Pick<Authentication, 'cookies' | 'refreshTokens'>;
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const { cookies, refreshTokens } = deps.authentication;
  const tags = ['Identity'];
  const signedIn = { access: 'user', interactive: true } as const;

  /** A browser's cookies go with its session. */
  function cleared(method: string): ResponseHeaders {
    return method === 'session' ? { 'set-cookie': cookies.clear(SESSION_COOKIES) } : {};
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/me',
      operationId: 'getMe',
      summary: 'Who the caller is, in which team, with which role and namespaces',
      description: 'As it is now, whatever it was when the credential was made.',
      tags,
      authority: { access: 'member', action: 'read', scope: 'auth:read' },
      responses: { 200: meAnswer },
      handler: async (ctx) => ok(await describeMe(deps.database.systemReads, ctx.principal, ctx.workspace.id)),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/logout',
      operationId: 'logout',
      summary: 'End the session of this request',
      description:
        'Its tokens, cookies and sockets are refused within a second in every process. With a refresh token of ' +
        'another of one’s own sessions that ends too.',
      tags,
      authority: signedIn,
      body: logoutBody,
      responses: { 204: z.null() },
      handler: async (ctx) => {
        const { userId, sessionId, method } = ctx.principal;
        const token = ctx.body?.refresh_token;
        const other = token === undefined ? null : refreshTokens.verify(token);
        if (token !== undefined && other === null) throw invalidField('refresh_token', 'is none of this instance');
        const ids = new Set([sessionId, other?.sessionId].filter((id) => id != null));
        const result = await ctx.write(async (tx) => {
          for (const id of ids) await revokeSession(tx, { id, userId: userId!, reason: 'signed_out' }, ctx.actor);
          return noContent(cleared(method));
        });
        deps.forgetUser(userId!);
        return result;
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/logout-all',
      operationId: 'logoutEverywhere',
      summary: 'End all of one’s own sessions, of browsers and programs',
      description: 'API keys and CLI tokens are no sessions: they stay until they are revoked.',
      tags,
      authority: signedIn,
      responses: { 200: z.object({ revoked: z.int().describe('how many sessions ended') }) },
      handler: async (ctx) => {
        const { userId, method } = ctx.principal;
        const result = await ctx.write(async (tx) => {
          const ending = { userId: userId!, exceptId: null, reason: 'signed_out' } as const;
          return ok({ revoked: await revokeSessionsOf(tx, ending, ctx.actor) }, cleared(method));
        });
        deps.forgetUser(userId!);
        return result;
      },
    }),
  ];
}
