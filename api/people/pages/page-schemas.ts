import { z } from 'zod';

/** A field as a form sends it: judged by its page, which says what is wrong, and only bounded here. */
const text = (maxLength: number) => z.string().max(maxLength).default('');
const token = z.string().max(128).default('');
const csrfToken = z.string().max(256).default('');

export const loginQuery = z.object({
  callbackUrl: z.string().max(4_096).optional().describe('where to go afterwards: a path of this instance'),
  error: z.string().max(64).optional(),
});
export const tokenQuery = z.object({ token });

export const forgotForm = z.strictObject({ csrfToken, email: text(254) });
export const resetForm = z.strictObject({ csrfToken, token, new_password: text(2_048) });
export const tokenForm = z.strictObject({ csrfToken, token });
export const signUpForm = z.strictObject({
  csrfToken,
  full_name: text(400),
  email: text(254),
  password: text(2_048),
  invitation_token: token,
});
