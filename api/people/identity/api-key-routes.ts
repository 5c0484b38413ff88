import { pageHeaders } from '../../http/kernel/pagination.ts';
import { z } from 'zod';
import { createApiKey, revokeApiKey } from '../../../commands/people/identity/api-key-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findSessionIdentity } from '../../../db/people/identity/find-identity.ts';
import { listApiKeys } from '../../../db/people/identity/list-api-keys.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { chooseWorkspace } from '../../../domain/people/identity/choose-workspace.ts';
import { newApiKey } from '../../http/auth/api-key.ts';
import { ownMembership } from '../../http/auth/resolve-workspace.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { apiKeyListAnswer, apiKeyListQuery, apiKeyParams, newApiKeyAnswer, newApiKeyBody } from './api-key-schemas.ts';

/** The caller's API keys: docs/contracts/identity.md, API keys. */
export function createApiKeyRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  /** Credentials of this person changed. */
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const { systemReads } = deps.database;
  const common = { tags: ['Identity'], authority: { access: 'user', interactive: true } } as const;

  /** The workspace that is named, else where the session's requests work. */
  async function workspaceOf(sessionId: string | null, ref: string | undefined): Promise<string> {
    const identity = sessionId === null ? null : await findSessionIdentity(systemReads, sessionId);
    const memberships = identity?.memberships ?? [];
    const own = ref === undefined ? ownMembership(memberships, identity?.home_workspace_id ?? null) : null;
    const chosen = own?.id ?? chooseWorkspace(memberships, ref);
    if (chosen === null) throw new CrewshipError('workspace_required', 'a key works in a workspace: you are in none');
    return chosen;
  }

  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/auth/api-keys',
      operationId: 'listApiKeys',
      summary: 'List one’s own API keys, newest first',
      query: apiKeyListQuery,
      responses: { 200: apiKeyListAnswer },
      handler: async (ctx) => {
        const { limit, offset, include_revoked: revoked } = ctx.query;
        const owner = { userId: ctx.principal.userId!, withRevoked: revoked === 'true' };
        const page = await listApiKeys(systemReads, owner, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/auth/api-keys',
      operationId: 'createApiKey',
      summary: 'Create an API key',
      description:
        'The key is shown once. It works in one workspace, with what its maker may do there at the time of each ' +
        'request and, of that, what its scopes name. A scope that opens nothing to the maker’s role is a 403; the ' +
        '51st ' +
        'live key is a 409.',
      body: newApiKeyBody,
      responses: { 201: newApiKeyAnswer },
      errors: ['forbidden', 'not_found', 'workspace_required', 'conflict'],
      secretMembers: ['key'],
      handler: async (ctx) => {
        const { name, scopes, expires_at: expiresAt, workspace_id: ref } = ctx.body;
        const workspaceId = await workspaceOf(ctx.principal.sessionId, ref);
        const { key, ...made } = newApiKey();
        return ctx.write(async (tx) => {
          const row = await createApiKey(
            tx,
            {
              ...{ ...made, name, workspaceId, userId: ctx.principal.userId! },
              ...{ scopes: scopes ?? null, expiresAt: expiresAt ?? null },
            },
            ctx.actor,
          );
          return created({ ...row, key });
        });
      },
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      url: '/api/v1/auth/api-keys/:keyId',
      operationId: 'revokeApiKey',
      summary: 'Revoke one of one’s own API keys',
      description: 'Takes effect at once in the process that answers and within a second in all others.',
      params: apiKeyParams,
      responses: { 204: z.null() },
      handler: async (ctx) => {
        const userId = ctx.principal.userId!;
        const result = await ctx.write(async (tx) => {
          await revokeApiKey(tx, { id: ctx.params.keyId, userId }, ctx.actor);
          return noContent();
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
  ];
}
