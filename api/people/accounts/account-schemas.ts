import { z } from 'zod';
import { nameField } from '../../http/kernel/fields.ts';
import { emailField, passwordField } from '../identity/identity-schemas.ts';
import { LINK_TOKEN } from './link-token.ts';

const linkTokenField = z.string().regex(LINK_TOKEN, 'must be 64 hex characters');

const example = { token: '0f'.repeat(32) };

export const signUpBody = z
  .strictObject({
    full_name: nameField(2, 100),
    email: emailField,
    password: passwordField,
    invitation_token: linkTokenField.nullable().optional().describe('an invitation that is redeemed with it'),
  })
  .meta({
    example: { full_name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' },
  });
export const signUpAnswer = z.object({ ok: z.literal(true), message: z.string() });

export const forgotBody = z.strictObject({ email: emailField });
export const forgotAnswer = z.object({ ok: z.literal(true), message: z.string() });

export const resetBody = z
  .strictObject({ token: linkTokenField, new_password: passwordField })
  .meta({ example: { ...example, new_password: 'correct horse battery' } });
export const verifyBody = z.strictObject({ token: linkTokenField }).meta({ example });
export const okAnswer = z.object({ ok: z.literal(true) });

export const passwordBody = z.strictObject({
  current_password: z.string().min(1).max(1_024),
  new_password: passwordField,
});
export const passwordAnswer = z.object({ success: z.literal(true), sessions_revoked: z.int() });

export const profileBody = z.strictObject({ full_name: nameField(1, 100).optional() });
export const profileAnswer = z.object({
  id: z.string(),
  email: z.string(),
  full_name: z.string(),
  avatar_url: z.string().nullable(),
});
