import { z } from 'zod';
import { provisionMember } from '../../../commands/people/accounts/provision-member.ts';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { mailLink } from '../../../domain/people/mail/mail-text.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { nameField, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, type Route } from '../../http/kernel/route.ts';
import { emailField } from '../identity/identity-schemas.ts';
import { workspaceParams } from '../workspaces/workspace-schemas.ts';
import { newLinkToken } from './link-token.ts';

const provisionBody = z.strictObject({
  email: emailField,
  role: z.enum(ROLES).default('MEMBER'),
  full_name: nameField(1, 100).optional().describe('default: what stands before the @ of the address'),
});

const provisionAnswer = z.object({
  user_id: z.string(),
  email: z.string(),
  role: z.enum(ROLES),
  created_user: z.literal(true),
  setup_url: z
    .string()
    .nullable()
    .describe('shown once to whoever made it, where the instance sends no mails; null where a mail brings it'),
  is_mailed: z.boolean(),
  expires_at: timeField.describe('until when the link counts'),
});

/** People who get an account from a workspace: docs/contracts/accounts.md, Provisioned accounts. */
export function createProvisionRoutes(deps: {
  readonly keyRing: Pick<KeyRing, 'seal'>;
  readonly sendsMail: boolean;
  readonly publicUrl?: string;
}): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/workspaces/:workspaceId/members/provision',
      operationId: 'provisionWorkspaceMember',
      summary: 'Make an account for somebody, and a member of them',
      description:
        'They choose their password by a link, once, within seven days. The role is one below the caller’s own. An ' +
        'address ' +
        'that has an account is a 409: it is invited. 503 without `CREWSHIP_PUBLIC_URL`, as a link would lead nowhere.',
      tags: ['Members'],
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      params: workspaceParams,
      body: provisionBody,
      responses: { 201: provisionAnswer },
      errors: ['conflict', 'license_limit'],
      secretMembers: ['setup_url'],
      handler: (ctx) => {
        const { publicUrl, sendsMail } = deps;
        if (publicUrl === undefined) {
          throw new CrewshipError('unavailable', 'CREWSHIP_PUBLIC_URL is not set, so the link would lead nowhere');
        }
        const { email, role } = ctx.body;
        const link = newLinkToken();
        const provision = {
          ...{ workspaceId: ctx.workspace.id, callerId: ctx.principal.userId!, email, role, link, sendsMail },
          fullName: ctx.body.full_name ?? email.split('@')[0]!.slice(0, 100),
        };
        return ctx.write(async (tx) => {
          const made = await provisionMember(tx, deps.keyRing, provision, ctx.actor);
          const url = sendsMail ? null : mailLink(publicUrl, 'set_up_account', link.token);
          return created({ ...made, email, role, created_user: true as const, setup_url: url, is_mailed: sendsMail });
        });
      },
    }),
  ];
}
