import { insertToken, revokeToken } from '../../../commands/people/identity/token-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { isInteractive } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { scopesWithin } from '../../../domain/people/identity/scopes.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { newCliToken } from '../../http/auth/cli-token.ts';
import { defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { z } from 'zod';
import { newTokenAnswer, newTokenBody, tokenListAnswer, tokenParams, validateTokenAnswer } from './identity-schemas.ts';
import { listTokens } from '../../../db/people/identity/list-tokens.ts';
import { emailOf } from '../../../db/people/identity/email-of.ts';

const ADMIN_SECONDS = { default: 24 * 3_600, longest: 7 * 24 * 3_600 };

function adminSeconds({ expires_in_seconds: seconds }: { expires_in_seconds?: number | null | undefined }): number {
  if (seconds === undefined || seconds === null) return ADMIN_SECONDS.default;
  if (seconds <= ADMIN_SECONDS.longest) return seconds;
  throw invalidField('expires_in_seconds', 'must be at most 604800 for the tier ADMIN');
}

/** CLI tokens of the caller. */
export function createCliTokenRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  /** Credentials of this person changed. */
  readonly forgetUser: (userId: string) => void;
  readonly authentication: Pick<Authentication, 'adminTokens'>;
}): Route[] {
  const common = { tags: ['Identity'], authority: { access: 'user', notByKey: true } } as const;
  return [
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/auth/cli-token',
      operationId: 'createCliToken',
      summary: 'Create a CLI token',
      description:
        'The token is shown once. A token made with a token is never wider than it: its scopes must be covered, and ' +
        'its workspace binding and expiry are inherited. One of the tier ADMIN is for an OWNER who signed in, lives ' +
        '60 seconds to 7 days (default 24 hours), enters what its person is OWNER of, is audited before each use, ' +
        'and makes no tokens; 503 without `CREWSHIP_ADMIN_TOKEN_KEY`.',
      body: newTokenBody,
      responses: { 200: newTokenAnswer },
      errors: ['forbidden', 'interactive_required'],
      secretMembers: ['token'],
      handler: (ctx) => {
        const scopes = ctx.body.scopes ?? null;
        if (!scopesWithin(scopes, ctx.principal.scopes)) {
          throw new CrewshipError('forbidden', 'a token cannot make a token wider than itself');
        }
        const { tier } = ctx.body;
        const expiresInSeconds = tier === 'ADMIN' ? adminSeconds(ctx.body) : (ctx.body.expires_in_seconds ?? null);
        if (tier === 'ADMIN' && !isInteractive(ctx.principal.method)) {
          const message = 'a token of the tier ADMIN is for a person who signed in';
          throw new CrewshipError('interactive_required', message);
        }
        const made = tier === 'ADMIN' ? deps.authentication.adminTokens.make() : newCliToken();
        const { token, hash, prefix } = made;
        return ctx.write(async (tx) => {
          const row = await insertToken(
            tx,
            {
              name: ctx.body.name,
              userId: ctx.principal.userId!,
              hash,
              prefix,
              tier,
              scopes,
              expiresInSeconds,
              parentTokenId: ctx.principal.tokenId,
            },
            ctx.actor,
          );
          return ok({ token, ...row });
        });
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/auth/cli-token/validate',
      operationId: 'validateCliToken',
      summary: 'Whether the token of this request is valid, and whose it is',
      authority: { access: 'user' },
      responses: { 200: validateTokenAnswer },
      handler: async (ctx) => {
        const userId = ctx.principal.userId!;
        return ok({
          valid: true as const,
          user_id: userId,
          user_email: await emailOf(deps.database.systemReads, userId),
        });
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/auth/cli-tokens',
      operationId: 'listCliTokens',
      summary: 'List one’s own CLI tokens, newest first',
      responses: { 200: tokenListAnswer },
      handler: async (ctx) => {
        const rows = await listTokens(deps.database.systemReads, ctx.principal.userId!);
        return ok({ data: rows });
      },
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      url: '/api/v1/auth/cli-tokens/:tokenId',
      operationId: 'revokeCliToken',
      summary: 'Revoke one of one’s own CLI tokens',
      description: 'Takes effect at once in the process that answers and within a second in all others.',
      params: tokenParams,
      responses: { 204: z.null() },
      handler: async (ctx) => {
        const userId = ctx.principal.userId!;
        const result = await ctx.write(async (tx) => {
          await revokeToken(tx, { id: ctx.params.tokenId, userId }, ctx.actor);
          return noContent();
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
  ];
}
