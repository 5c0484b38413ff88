import { z } from 'zod';
import {
  addMember,
  changeMemberRole,
  removeMember,
  transferOwnership,
} from '../../../commands/people/members/member-commands.ts';
import { getWorkspaceMemberIn } from '../../../db/people/workspaces/list-members.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { memberAnswer, workspaceParams } from '../workspaces/workspace-schemas.ts';
import { memberParams, newMemberBody, rolePatchAnswer, rolePatchBody, transferBody } from './member-schemas.ts';

/** Who is in a workspace, and as what: docs/contracts/people.md, Members. */
export function createMemberRoutes(deps: {
  /** What a person may do changed. */
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const tags = ['Members'];
  const manage = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/workspaces/:workspaceId/members',
      operationId: 'addWorkspaceMember',
      summary: 'Make a person with an account a member',
      description: 'The role is one below the caller’s own.',
      tags,
      authority: manage,
      params: workspaceParams,
      body: newMemberBody,
      responses: { 201: memberAnswer },
      errors: ['conflict', 'license_limit'],
      handler: async (ctx) => {
        const { user_id: userId, role } = ctx.body;
        const change = { workspaceId: ctx.workspace.id, callerId: ctx.principal.userId!, userId, role };
        const result = await ctx.write(async (tx) =>
          created(await getWorkspaceMemberIn(tx, await addMember(tx, change, ctx.actor))),
        );
        deps.forgetUser(userId);
        return result;
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/workspaces/:workspaceId/members/:memberId',
      operationId: 'updateWorkspaceMember',
      summary: 'Give a member another role',
      description:
        'By the membership’s id or the user’s. The role is one below the caller’s own and the member is below the ' +
        'caller, or the caller themself. What was set of their capabilities goes. The last OWNER stays: 409.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'workspace:admin' },
      params: memberParams,
      body: rolePatchBody,
      responses: { 200: rolePatchAnswer },
      errors: ['conflict'],
      handler: async (ctx) => {
        const change = {
          workspaceId: ctx.workspace.id,
          callerId: ctx.principal.userId!,
          member: ctx.params.memberId,
          role: ctx.body.role,
        };
        let userId = '';
        const result = await ctx.write(async (tx) => {
          const member = await changeMemberRole(tx, change, ctx.actor);
          ({ userId } = member);
          return ok({ status: 'updated' as const, member_id: member.id, role: member.role });
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/workspaces/:workspaceId/members/:memberId',
      operationId: 'removeWorkspaceMember',
      summary: 'End a membership',
      description:
        'By the membership’s id or the user’s: of a member below the caller, or the caller’s own. Their roles in ' +
        'crews and projects go with it, and they are out within a second. The last OWNER stays: 409.',
      tags,
      authority: manage,
      params: memberParams,
      responses: { 204: z.null() },
      errors: ['conflict'],
      handler: async (ctx) => {
        const change = {
          workspaceId: ctx.workspace.id,
          callerId: ctx.principal.userId!,
          member: ctx.params.memberId,
        };
        let userId = '';
        const result = await ctx.write(async (tx) => {
          ({ userId } = await removeMember(tx, change, ctx.actor));
          return noContent();
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workspaces/:workspaceId/transfer-ownership',
      operationId: 'transferWorkspaceOwnership',
      summary: 'Make another member OWNER; the caller becomes ADMIN',
      tags,
      authority: { access: 'member', action: 'manage', minRole: 'OWNER', scope: 'workspace:admin' },
      params: workspaceParams,
      body: transferBody,
      responses: { 200: z.object({ owner_user_id: z.string(), former_owner_user_id: z.string() }) },
      errors: ['conflict'],
      handler: async (ctx) => {
        const callerId = ctx.principal.userId!;
        const member = ctx.body.user_id;
        let owner = '';
        const result = await ctx.write(async (tx) => {
          ({ userId: owner } = await transferOwnership(
            tx,
            { workspaceId: ctx.workspace.id, callerId, member },
            ctx.actor,
          ));
          return ok({ owner_user_id: owner, former_owner_user_id: callerId });
        });
        deps.forgetUser(owner);
        deps.forgetUser(callerId);
        return result;
      },
    }),
  ];
}
