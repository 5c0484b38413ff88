import { z } from 'zod';
import { SCOPE_PATTERN } from '../../../domain/people/identity/scopes.ts';
import { idField, nameField, timeField } from '../../http/kernel/fields.ts';

const TEN_YEARS_S = 315_360_000;

export const passwordField = z.string().min(8).max(1_024);

/** Compared without regard to case everywhere, so it is kept in lower case. */
export const emailField = z.string().trim().toLowerCase().max(254).pipe(z.email());

export const bootstrapBody = z.strictObject({
  full_name: nameField(2, 100),
  email: emailField,
  password: passwordField,
  setup_token: z
    .string()
    .max(256)
    .describe('the operator’s `CREWSHIP_SETUP_TOKEN`; not asked of who comes from the API’s own machine')
    .optional(),
});

export const bootstrapAnswer = z.object({
  user_id: z.string(),
  email: z.string(),
  workspace_id: z.string(),
  cli_token: z.string().describe('shown once'),
});

export const setupStatusAnswer = z.object({ needs_bootstrap: z.boolean(), allow_signup: z.boolean() });

export const newTokenBody = z.strictObject({
  name: nameField(1, 100).default('cli'),
  tier: z
    .enum(['STANDARD', 'ADMIN'])
    .default('STANDARD')
    .describe('`ADMIN`: for an OWNER who signed in; lives at most a week, and each use is audited'),
  expires_in_seconds: z.int().min(60).max(TEN_YEARS_S).nullable().optional(),
  scopes: z
    .array(z.string().max(64).regex(SCOPE_PATTERN, 'is not a known scope'))
    .min(1)
    .max(50)
    .nullable()
    .optional()
    .describe('none: the full role'),
});

const tokenMembers = {
  id: z.string(),
  name: z.string(),
  tier: z.enum(['STANDARD', 'ADMIN']),
  scopes: z.array(z.string()).nullable(),
  created_at: timeField,
  expires_at: timeField.nullable(),
};

export const newTokenAnswer = z.object({
  token: z.string().nullable().describe('shown once; null when the answer is replayed for an Idempotency-Key'),
  ...tokenMembers,
});

export const tokenListAnswer = z.object({
  data: z.array(z.object({ ...tokenMembers, last_used_at: timeField.nullable(), revoked_at: timeField.nullable() })),
});

export const validateTokenAnswer = z.object({ valid: z.literal(true), user_id: z.string(), user_email: z.string() });

export const tokenParams = z.object({ tokenId: idField });
