import { pageHeaders } from '../../http/kernel/pagination.ts';
import { setGrants } from '../../../commands/knowledge/namespaces/namespace-commands.ts';
import { changeUser, unlockUser } from '../../../commands/people/accounts/user-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getUserIn, listUsers } from '../../../db/people/accounts/list-users.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { personDigest } from '../identity/attempt-of.ts';
import { unlockBody, userAnswer, userListAnswer, userListQuery, userParams, userPatchBody } from './user-schemas.ts';

/** The people of a workspace for those who manage it: docs/contracts/people.md, Users. */
export function createUserRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
  /** What a person may do changed. */
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const digestOf = (userId: string) => personDigest(deps.keyRing, userId);
  const common = {
    tags: ['Administration'],
    authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
  } as const;
  const url = '/api/v1/auth/users';

  return [
    defineRoute({
      ...common,
      method: 'GET',
      url,
      operationId: 'listUsers',
      summary: 'List the people of the workspace, the oldest member first',
      query: userListQuery,
      responses: { 200: userListAnswer },
      handler: async (ctx) => {
        const { limit, offset, role, status, q } = ctx.query;
        const filter = { role: role ?? null, status: status ?? null, q: q ?? null };
        const found = await listUsers(deps.database.systemReads, ctx.workspace.id, {
          filter,
          page: ctx.query,
          digestOf,
        });
        const body = { items: found.rows, total: found.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, found));
      },
    }),
    defineRoute({
      ...common,
      method: 'PATCH',
      url: `${url}/:userId`,
      operationId: 'updateUser',
      summary: 'Change a person’s place in the workspace, or their account',
      description:
        'Of somebody below the caller, or of an OWNER by another. `role` and `is_active` are the workspace’s. ' +
        '`full_name`, `username` and `is_disabled` are the account’s, which only its home changes: 403 with ' +
        '`reason: "identity_not_managed_here"`. What ends does so within a second everywhere and does not come back. ' +
        '409 with `reason`: `last_owner`, `username_taken`. Nobody switches themselves off.',
      params: userParams,
      body: userPatchBody,
      responses: { 200: userAnswer },
      errors: ['conflict'],
      asSystem: true,
      handler: async (ctx) => {
        const { userId } = ctx.params;
        const { role, is_active: isActive, is_disabled: isDisabled, full_name: fullName, username } = ctx.body;
        const { namespaces } = ctx.body;
        const workspaceId = ctx.workspace.id;
        const result = await ctx.write(async (tx) => {
          const ref = { workspaceId, callerId: ctx.principal.userId!, userId };
          await changeUser(tx, ref, { role, isActive, isDisabled, fullName, username }, ctx.actor);
          if (namespaces !== undefined) await setGrants(tx, ref, namespaces, ctx.actor);
          return ok(await getUserIn(tx, { workspaceId, id: userId }, digestOf));
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: `${url}/:userId/unlock`,
      operationId: 'unlockUser',
      summary: 'Forget a person’s failed attempts to sign in',
      description:
        'Their name is open again from everywhere; also if it was not closed. Of somebody below the caller whose ' +
        'account is this workspace’s: else 403, with `reason: "identity_not_managed_here"`.',
      params: userParams,
      body: unlockBody,
      responses: { 200: userAnswer },
      asSystem: true,
      handler: (ctx) => {
        const { userId } = ctx.params;
        const workspaceId = ctx.workspace.id;
        return ctx.write(async (tx) => {
          const ref = { workspaceId, callerId: ctx.principal.userId!, userId };
          const unlock = { nameDigest: digestOf(userId), reason: ctx.body?.reason ?? null };
          await unlockUser(tx, ref, unlock, ctx.actor);
          return ok(await getUserIn(tx, { workspaceId, id: userId }, digestOf));
        });
      },
    }),
  ];
}
