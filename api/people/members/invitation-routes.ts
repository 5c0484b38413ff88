import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  createInvitation,
  redeemInvitation,
  revokeInvitation,
} from '../../../commands/people/members/invitation-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listInvitations } from '../../../db/people/members/list-invitations.ts';
import { mailLink } from '../../../domain/people/mail/mail-text.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { hashToken } from '../../http/auth/cli-token.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { workspaceParams } from '../workspaces/workspace-schemas.ts';
import {
  invitationAnswer,
  invitationParams,
  memberPageQuery,
  newInvitationAnswer,
  newInvitationBody,
  redeemAnswer,
  redeemBody,
} from './member-schemas.ts';

/** Who is asked into a workspace: docs/contracts/people.md, Invitations. */
export function createInvitationRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
  readonly sendsMail: boolean;
  readonly publicUrl?: string;
  /** What a person may do changed. */
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const tags = ['Members'];
  const manage = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/workspaces/:workspaceId/invitations',
      operationId: 'listInvitations',
      summary: 'List open invitations, newest first, without their tokens',
      tags,
      authority: { access: 'member', action: 'read', scope: 'workspace:read' },
      params: workspaceParams,
      query: memberPageQuery,
      responses: { 200: z.array(invitationAnswer) },
      handler: async (ctx) => {
        const page = await listInvitations(deps.database.reads, ctx.workspace.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/workspaces/:workspaceId/invitations',
      operationId: 'createInvitation',
      summary: 'Invite an address',
      description:
        'The token is shown once and valid for seven days, for a person of this address; where the instance sends ' +
        'mails, one brings it to them. The role is one below the caller’s own. An address that is a member’s or has ' +
        'an open invitation: 409.',
      tags,
      authority: manage,
      params: workspaceParams,
      body: newInvitationBody,
      responses: { 201: newInvitationAnswer },
      errors: ['conflict'],
      secretMembers: ['token', 'invite_url'],
      handler: (ctx) => {
        const token = randomBytes(32).toString('hex');
        const invitation = {
          workspaceId: ctx.workspace.id,
          callerId: ctx.principal.userId!,
          email: ctx.body.email,
          role: ctx.body.role,
          tokenHash: hashToken(token),
          mail: deps.sendsMail ? { token, ring: deps.keyRing } : null,
        };
        const { publicUrl } = deps;
        const url = publicUrl === undefined ? null : mailLink(publicUrl, 'invitation', token);
        return ctx.write(async (tx) => {
          const made = await createInvitation(tx, invitation, ctx.actor);
          return created({ ...made, token, invite_url: url, is_mailed: deps.sendsMail });
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/workspaces/:workspaceId/invitations/:invitationId',
      operationId: 'revokeInvitation',
      summary: 'Take an invitation back',
      tags,
      authority: manage,
      params: invitationParams,
      responses: { 204: z.null() },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const invitation = { workspaceId: ctx.workspace.id, id: ctx.params.invitationId };
          await revokeInvitation(tx, invitation, ctx.actor);
          return noContent();
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/invitations/redeem',
      operationId: 'redeemInvitation',
      summary: 'Become a member by an invitation’s token',
      description: 'Once, in time, and by a person of the invited address.',
      tags,
      authority: { access: 'user', scope: 'workspace:admin', notByKey: true },
      body: redeemBody,
      responses: { 200: redeemAnswer },
      errors: ['not_found', 'forbidden', 'conflict', 'wrong_state', 'license_limit'],
      handler: async (ctx) => {
        const userId = ctx.principal.userId!;
        const result = await ctx.write(async (tx) => {
          const redeemed = await redeemInvitation(tx, { tokenHash: hashToken(ctx.body.token), userId }, ctx.actor);
          const { workspaceId, slug, role, membershipId } = redeemed;
          return ok({ workspace_id: workspaceId, slug, role, member_id: membershipId });
        });
        deps.forgetUser(userId);
        return result;
      },
    }),
  ];
}
