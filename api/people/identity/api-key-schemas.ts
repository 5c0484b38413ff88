import { z } from 'zod';
import { SCOPE_PATTERN } from '../../../domain/people/identity/scopes.ts';
import { idField, momentField, nameField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { workspaceRefField } from './program-schemas.ts';

export const apiKeyListQuery = z.object({
  ...pageQuery({ defaultLimit: 50 }),
  include_revoked: z.enum(['true', 'false']).default('false'),
});

export const newApiKeyBody = z.strictObject({
  name: nameField(1, 100),
  scopes: z
    .array(z.string().max(64).regex(SCOPE_PATTERN, 'is not a known scope'))
    .min(1)
    .max(50)
    .nullable()
    .optional()
    .describe('`<resource>:read`, `:write` or `:*`; none: all that its maker may do'),
  expires_at: momentField.nullable().optional().describe('in the future; none: it lives until it is revoked'),
  workspace_id: workspaceRefField.optional().describe('where the key works; default: where this session does'),
});

const apiKeyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('how the key begins: it names this row'),
  workspace_id: z.string(),
  scopes: z.array(z.string()).nullable(),
  expires_at: timeField.nullable(),
  last_used_at: timeField.nullable().describe('to the minute'),
  created_at: timeField,
  revoked_at: timeField.nullable(),
});

export const newApiKeyAnswer = apiKeyAnswer.extend({
  key: z.string().nullable().describe('shown once; null when the answer is replayed for an Idempotency-Key'),
});

export const apiKeyListAnswer = z.object({
  items: z.array(apiKeyAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export const apiKeyParams = z.object({ keyId: idField });
