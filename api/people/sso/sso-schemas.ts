import { z } from 'zod';
import { isLoopback } from '../../../platform/oidc/oidc-client.ts';
import { idField, nameField, timeField } from '../../http/kernel/fields.ts';

const providerIdField = z.string().regex(/^[a-z0-9][a-z0-9-]{1,49}$/, 'must be 2 to 50 of a-z, 0-9 and -');

export const providerParams = z.object({ ssoProviderId: idField });
export const newProviderParams = z.object({ ssoProviderId: providerIdField });

/** A discovery document is fetched from it: nothing that anybody on the way could change. */
const issuerField = z
  .string()
  .max(1_024)
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    return isPlain && (url.protocol === 'https:' || isLoopback(url));
  }, 'must be an https address without credentials, query or fragment');

const domainField = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'must be a domain, as example.com');

const joinRoleField = z.enum(['ADMIN', 'MANAGER', 'MEMBER', 'VIEWER']);

export const providerBody = z
  .strictObject({
    name: nameField(1, 100),
    issuer: issuerField,
    client_id: z.string().min(1).max(255),
    client_secret: z
      .string()
      .min(1)
      .max(4_096)
      .nullable()
      .optional()
      .describe('kept sealed and never shown; left out: the one that is there stays; null: none'),
    allowed_domains: z.array(domainField).max(50).default([]).describe('of addresses; none: any address that is known'),
    trusts_email: z
      .boolean()
      .default(false)
      .describe('whether a verified address of it leads to the account that has this address already'),
    workspace_id: idField.nullable().default(null).describe('where somebody without an account becomes a member'),
    role: joinRoleField.nullable().default(null).describe('as what; without workspace and role nobody gets an account'),
    is_enabled: z.boolean().default(true),
  })
  .superRefine((body, context) => {
    const path = body.workspace_id === null ? ['workspace_id'] : ['role'];
    if ((body.workspace_id === null) !== (body.role === null)) {
      context.addIssue({ code: 'custom', path, message: 'workspace_id and role are given together' });
    }
    if (body.role !== null && body.allowed_domains.length === 0) {
      const message = 'must name whose addresses get an account';
      context.addIssue({ code: 'custom', path: ['allowed_domains'], message });
    }
  })
  .meta({
    example: {
      name: 'Example',
      issuer: 'https://login.example.com',
      client_id: 'crewship',
      allowed_domains: ['example.com'],
    },
  });

export const providerAnswer = z.object({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  client_id: z.string(),
  has_client_secret: z.boolean(),
  allowed_domains: z.array(z.string()),
  trusts_email: z.boolean(),
  workspace_id: z.string().nullable(),
  role: joinRoleField.nullable(),
  is_enabled: z.boolean(),
  callback_url: z.string().nullable().describe('what the provider is told to lead back to'),
  created_at: timeField,
  updated_at: timeField,
});
