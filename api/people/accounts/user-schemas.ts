import { z } from 'zod';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { idField, nameField, optionalBody, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { namespaceField } from '../../knowledge/namespaces/namespace-schemas.ts';

export const userParams = z.object({ userId: idField });

export const userListQuery = z.object({
  ...pageQuery({ defaultLimit: 50 }),
  workspace_id: idField.optional(),
  role: z.enum(ROLES).optional(),
  status: z
    .enum(['active', 'inactive', 'disabled'])
    .optional()
    .describe('inactive: switched off in this workspace; disabled: their account is, and this is its home'),
  q: z.string().trim().min(1).max(200).optional().describe('part of a name or address, in any case'),
});

const usernameField = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{1,63}$/, 'must be 2 to 64 letters, digits, dots, hyphens and underscores');

export const userPatchBody = z
  .strictObject({
    role: z.enum(ROLES).optional(),
    is_active: z.boolean().optional().describe('in this workspace; false ends what of theirs works in it'),
    is_disabled: z.boolean().optional().describe('their account, in every workspace; true ends all credentials'),
    full_name: nameField(1, 100).optional(),
    username: usernameField.optional(),
    namespaces: z
      .array(z.strictObject({ name: namespaceField, access: z.enum(['read', 'write']) }))
      .max(200)
      .optional()
      .describe('of knowledge, in place of all that were granted; projects open theirs by their roles'),
  })
  .meta({ example: { role: 'MANAGER', is_active: true } });

export const unlockBody = optionalBody(z.strictObject({ reason: z.string().trim().min(1).max(500).optional() }));

export const userAnswer = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string(),
  full_name: z.string(),
  role: z.enum(ROLES),
  is_active: z.boolean().describe('in this workspace'),
  is_disabled: z.boolean().nullable().describe('the account; null where it is managed elsewhere'),
  locked_until: timeField
    .nullable()
    .describe('their name is closed to some who try to sign in; null also where it is managed elsewhere'),
  last_login_at: timeField.nullable().describe('of sessions that are known; null also where it is managed elsewhere'),
  identity_managed_here: z.boolean().describe('this workspace is the account’s home'),
  namespaces: z
    .array(z.object({ name: z.string(), access: z.enum(['read', 'write']).describe('who writes also reads') }))
    .describe('the team’s, those of the 100 newest projects that the person is a member of, and what was granted'),
});

export const userListAnswer = z.object({
  items: z.array(userAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
