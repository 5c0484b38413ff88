import { z } from 'zod';
import { CREDENTIAL_STATUSES, CREDENTIAL_TYPES } from '../../../domain/vault/credentials/credential.ts';
import { secretField } from './credential-schemas.ts';
import { idField, momentField, timeField } from '../../http/kernel/fields.ts';

export const crewCredentialsQuery = z.object({
  provider: z.string().min(1).max(64).optional(),
  include_inactive: z
    .enum(['true', 'false', '1', '0'])
    .optional()
    .describe('those too that do not work now, as `status` says'),
  include_values: z.enum(['true', 'false', '1', '0']).optional().describe('refused: values stay on the host'),
});

export const crewCredentialAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  name: z.string(),
  type: z.enum(CREDENTIAL_TYPES),
  provider: z.string(),
  account_label: z.string().nullable(),
  status: z.enum(CREDENTIAL_STATUSES),
  token_expires_at: timeField.nullable(),
});

export const reportedCredentialParams = z.object({ credentialId: idField });

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const reportedCredentialBody = z.object({
  status: z.enum(['ACTIVE', 'EXPIRED', 'RATE_LIMITED', 'REVOKED', 'ERROR']),
  last_error: z.string().max(2_000).nullable().default(null),
  access_token: secretField.nullable().default(null),
  refresh_token: secretField.nullable().default(null),
  token_expires_at: momentField.nullable().default(null),
});

export const reportedCredentialAnswer = z.object({
  id: z.string(),
  status: z.enum(CREDENTIAL_STATUSES),
  last_checked_at: timeField,
});
