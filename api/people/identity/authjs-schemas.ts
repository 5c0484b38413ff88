import { z } from 'zod';
import { timeField } from '../../http/kernel/fields.ts';

/** A yes or no as a form or a program sends it. */
const flagField = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

const callbackField = z
  .string()
  .max(4_096)
  .optional()
  .describe('where the browser goes next: a path of this instance; anything else is the home page');

export const csrfAnswer = z.object({ csrfToken: z.string().describe('64 hex characters') });

export const providersAnswer = z.record(
  z.string(),
  z.object({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    signinUrl: z.string(),
    callbackUrl: z.string(),
  }),
);

export const sessionAnswer = z
  .object({
    user: z
      .object({
        id: z.string(),
        name: z.string(),
        email: z.string(),
        avatar_url: z.string().nullable(),
      })
      .optional(),
    expires: timeField.optional(),
  })
  .describe('empty when nobody is signed in');

export const credentialsBody = z.strictObject({
  email: z.string().min(1).max(254).describe('or the username'),
  password: z.string().min(1).max(1_024),
  csrfToken: z.string().max(256).describe('of `GET /api/auth/csrf`'),
  callbackUrl: callbackField,
  json: flagField.optional().describe('an answer in JSON instead of a redirect'),
  redirect: flagField.optional().describe('`false`: the same'),
});

export const credentialsAnswer = z.object({
  ok: z.boolean(),
  status: z.int().describe('401 when name and password do not belong together'),
  error: z.string().nullable().describe('`CredentialsSignin`'),
  url: z.string().describe('where the browser goes next'),
});

export const signOutBody = z
  .strictObject({
    csrfToken: z.string().max(256).optional(),
    callbackUrl: callbackField,
    json: flagField.optional(),
    redirect: flagField.optional(),
  })
  .or(z.undefined())
  .or(z.null());

export const refreshedAnswer = z.object({ ok: z.literal(true), expires: timeField });

export const signinQuery = z.strictObject({ callbackUrl: callbackField });
export const errorQuery = z.strictObject({ error: z.string().max(64).optional() });
export const errorAnswer = z.object({ error: z.string(), message: z.string() });
export const redirectAnswer = z.null().describe('a redirect: see the header Location');
