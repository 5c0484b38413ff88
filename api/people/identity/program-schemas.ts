import { z } from 'zod';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import { ACCESS_TOKEN_SECONDS } from '../../../domain/people/identity/session-rules.ts';
import { optionalBody } from '../../http/kernel/fields.ts';

export const workspaceRefField = z
  .string()
  .min(2)
  .max(64)
  .describe('id or slug of the workspace; not needed by those who are in one only');

export const loginBody = z.strictObject({
  username: z.string().min(1).max(254).describe('or the e-mail address, in any case'),
  password: z.string().min(1).max(1_024),
  workspace_id: workspaceRefField.optional(),
});

const refreshTokenField = z.string().min(1).max(512);
export const refreshBody = optionalBody(
  z.strictObject({
    refresh_token: refreshTokenField.optional().describe('without it the cookie of a browser that signed in is taken'),
  }),
);
export const logoutBody = optionalBody(
  z.strictObject({
    refresh_token: refreshTokenField.optional().describe('of another of one’s own sessions, which ends too'),
  }),
);

export const meAnswer = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string(),
  full_name: z.string(),
  role: z.enum(ROLES).nullable().describe('in the team, as it is now'),
  team: z
    .object({ id: z.string(), name: z.string(), slug: z.string() })
    .nullable()
    .describe('the workspace; null for somebody who is in none'),
  workspace_id: z.string().nullable(),
  namespaces: z
    .array(z.object({ name: z.string(), access: z.enum(['read', 'write']).describe('who writes also reads') }))
    .describe('of the team’s knowledge; at most 500, of projects the newest'),
  scopes: z.array(z.string()).nullable().describe('null: the full role'),
  auth_method: z.enum(['session', 'jwt', 'cli_token', 'api_key']),
  api_key_id: z.string().nullable().describe('of the API key that the request was made with'),
});

export const tokensAnswer = z.object({
  access_token: z.string().describe('a JWT, shown as `Authorization: Bearer …`'),
  refresh_token: z
    .string()
    .nullable()
    .describe('takes the next pair, once; null when it is in the cookie that the answer sets'),
  token_type: z.literal('bearer'),
  expires_in: z.literal(ACCESS_TOKEN_SECONDS).describe('seconds until the access token is over'),
  user: meAnswer,
});
