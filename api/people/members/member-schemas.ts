import { z } from 'zod';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import {
  CAPABILITIES,
  CAPABILITY_PRESETS,
  type CapabilityChange,
  type CapabilityPreset,
} from '../../../domain/kernel/access/capability.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const memberParams = z.object({ workspaceId: idField, memberId: idField });
export const invitationParams = z.object({ workspaceId: idField, invitationId: idField });
export const crewMemberParams = z.object({ crewId: z.string().min(2).max(100), memberId: idField });
export const crewParams = z.object({ crewId: z.string().min(2).max(100) });
export const memberPageQuery = z.object(pageQuery({ defaultLimit: 100 }));

const roleField = z.enum(ROLES);

export const newMemberBody = z.strictObject({ user_id: idField, role: roleField.default('MEMBER') });
export const rolePatchBody = z.strictObject({ role: roleField });
export const rolePatchAnswer = z.object({ status: z.literal('updated'), member_id: z.string(), role: roleField });
export const transferBody = z.strictObject({ user_id: idField.describe('a member; becomes OWNER') });

/** Compared without regard to case everywhere, so it is kept in lower case. */
const emailField = z.string().trim().toLowerCase().max(254).pipe(z.email());

export const newInvitationBody = z.strictObject({ email: emailField, role: roleField.default('MEMBER') });

export const invitationAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  email: z.string(),
  role: roleField,
  status: z.enum(['pending', 'accepted', 'revoked', 'expired']),
  invited_by: z.string(),
  inviter: z.object({ id: z.string(), full_name: z.string() }).nullable(),
  expires_at: timeField,
  accepted_at: timeField.nullable(),
  created_at: timeField,
});
export const newInvitationAnswer = invitationAnswer.extend({
  token: z.string().nullable().describe('shown once; null when the answer is replayed for an Idempotency-Key'),
  invite_url: z
    .string()
    .nullable()
    .describe('where the invited person goes; null in a replayed answer and without CREWSHIP_PUBLIC_URL'),
  is_mailed: z.boolean().describe('whether a mail with it goes to the address; else pass it on yourself'),
});

export const redeemBody = z
  .strictObject({ token: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex characters') })
  .meta({ example: { token: '0f'.repeat(32) } });
export const redeemAnswer = z.object({
  workspace_id: z.string(),
  slug: z.string(),
  role: roleField,
  member_id: z.string(),
});

const capabilityField = z.enum(CAPABILITIES);
const capabilityList = z.array(capabilityField).max(CAPABILITIES.length);
const presetField = z.enum(Object.keys(CAPABILITY_PRESETS) as [CapabilityPreset, ...CapabilityPreset[]]);

export const capabilityBody = z
  .strictObject({
    set: capabilityList.optional(),
    grant: capabilityList.optional(),
    revoke: capabilityList.optional(),
    preset: presetField.optional(),
  })
  .refine((body) => Object.values(body).filter((value) => value !== undefined).length === 1, {
    message: 'must have exactly one of set, grant, revoke and preset',
  })
  .meta({ example: { grant: ['issue.create'] } });

/** The one member that the body has. */
export function toCapabilityChange(body: z.output<typeof capabilityBody>): CapabilityChange {
  if (body.set !== undefined) return { set: body.set };
  if (body.grant !== undefined) return { grant: body.grant };
  if (body.revoke !== undefined) return { revoke: body.revoke };
  return { preset: body.preset! };
}

export const capabilitiesAnswer = z.object({
  user_id: z.string(),
  role: roleField,
  capabilities: z.array(capabilityField),
});

const crewRoleField = z.enum(['ADMIN', 'MANAGER', 'MEMBER', 'VIEWER']);

export const crewMemberAnswer = z.object({
  id: z.string(),
  crew_id: z.string(),
  user_id: z.string(),
  role: roleField.nullable().describe('null: the role in the workspace'),
  created_at: timeField,
  user: z.object({ id: z.string(), email: z.string(), full_name: z.string() }),
});
export const newCrewMemberBody = z.strictObject({ user_id: idField, role: crewRoleField.nullable().default(null) });
export const crewMemberPatchBody = z.strictObject({
  role: z.union([crewRoleField, z.literal('').transform(() => null), z.null()]).describe('"" or null clears it'),
});
export const crewMemberPatchAnswer = z.object({ status: z.literal('updated'), role: roleField.nullable() });
