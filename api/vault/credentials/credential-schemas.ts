import { z } from 'zod';
import {
  CREDENTIAL_SCOPES,
  CREDENTIAL_STATUSES,
  CREDENTIAL_TYPES,
  MAX_LEASE_SECONDS,
  MAX_SECRET_BYTES,
  SENSITIVITIES,
} from '../../../domain/vault/credentials/credential.ts';
import { BINDING_SCOPES } from '../../../db/vault/credentials/credential-bindings-store.ts';
import { REACH_SOURCES } from '../../../db/vault/credentials/reaching-credentials.ts';
import { clearableField, idField, momentField, nameField, refField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

/** Bodies that carry a secret are a little larger than the secret. */
export const SECRET_BODY_BYTES = 4 * MAX_SECRET_BYTES;

export const secretField = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= MAX_SECRET_BYTES, 'must be at most 64 KiB')
  .describe('sealed when it is stored and never shown');

const providerField = nameField(1, 64).describe(
  'free, e.g. ANTHROPIC, OPENAI, GITHUB; REGISTRY: account_label is the registry’s host',
);
const levelField = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).describe('the keeper’s tier');
/** A variable that a credential is handed over in. */
const slotField = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be the name of a variable');
const tagsField = z.array(nameField(1, 64)).max(50);

const optionalMembers = {
  provider: providerField.optional(),
  scope: z.enum(CREDENTIAL_SCOPES).optional(),
  crew_ids: z.array(idField).max(100).optional().describe('any crew makes the scope CREW'),
  security_level: levelField.optional(),
  description: clearableField(2_000).optional(),
  tags: tagsField.optional(),
  account_label: clearableField(255).optional(),
  account_email: clearableField(254).optional(),
  username: clearableField(255).optional(),
  token_expires_at: momentField.nullable().optional(),
};

export const newCredentialBody = z
  .strictObject({
    name: nameField(1, 255),
    type: z.enum(CREDENTIAL_TYPES).default('SECRET'),
    value: secretField.optional(),
    refresh_token: secretField.optional(),
    pending: z.boolean().default(false).describe('a placeholder whose value comes later'),
    ...optionalMembers,
  })
  .refine(({ type, value, pending }) => value !== undefined || pending || type === 'OAUTH2', {
    path: ['value'],
    message: 'is required, but for OAUTH2 and placeholders',
  })
  .refine(({ value, pending }) => !pending || value === undefined, {
    path: ['pending'],
    message: 'is without a value',
  })
  .meta({ example: { name: 'Anthropic', type: 'API_KEY', provider: 'ANTHROPIC', value: '<the key>' } });

export const credentialPatchBody = z.strictObject({ name: nameField(1, 255).optional(), ...optionalMembers });

export const credentialAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  name: z.string(),
  type: z.enum(CREDENTIAL_TYPES),
  provider: z.string(),
  scope: z.enum(CREDENTIAL_SCOPES),
  crew_ids: z.array(z.string()),
  status: z.enum(CREDENTIAL_STATUSES),
  sensitivity: z.enum(SENSITIVITIES),
  security_level: levelField,
  security_level_label: z.enum(['low', 'medium', 'high', 'critical']),
  description: z.string().nullable(),
  tags: z.array(z.string()),
  account_label: z.string().nullable(),
  account_email: z.string().nullable(),
  username: z.string().nullable(),
  endpoint_url: z.string().nullable().describe('of an ENDPOINT_URL, without what it is called with'),
  testable: z.boolean().describe('whether somebody can be asked if it works'),
  token_expires_at: timeField.nullable(),
  last_error: z.string().nullable(),
  last_checked_at: timeField.nullable(),
  last_used_at: timeField.nullable(),
  agent_ids: z.array(z.string()),
  agent_names: z.array(z.string()).describe('in the order of `agent_ids`'),
  _count_agent_credentials: z.int(),
  created_by_actor_type: z.enum(['user', 'agent', 'system']),
  created_by_actor_id: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});

/** A key of a field that belongs to a credential. */
export const fieldKeyField = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be lower-case words joined by _');

export const credentialParams = z.object({ credentialId: idField });
export const credentialListQuery = z.object({
  workspace_id: idField.optional(),
  search: z.string().min(1).max(200).optional().describe('part of the name or description'),
  tag: z.string().min(1).max(64).optional(),
  ...pageQuery({ defaultLimit: 100 }),
});

export const assignmentBody = z.strictObject({
  credential_id: idField,
  env_var_name: slotField,
  priority: z.int().min(0).max(1_000).default(0),
  ttl_seconds: z.int().min(0).max(MAX_LEASE_SECONDS).default(0).describe('0: without end'),
});
export const agentCredentialsParams = z.object({ agentId: refField });
export const assignmentParams = z.object({ agentId: refField, assignmentId: idField });
export const assignmentAnswer = z.object({ id: z.string() });
export const agentCredentialAnswer = z.object({
  id: z.string(),
  agent_id: z.string(),
  credential_id: z.string(),
  credential_name: z.string(),
  credential_type: z.enum(CREDENTIAL_TYPES),
  credential_provider: z.string(),
  credential_status: z.enum(CREDENTIAL_STATUSES),
  env_var_name: z.string().nullable(),
  priority: z.int(),
  created_at: timeField,
  expires_at: timeField.nullable(),
  expired: z.boolean(),
  lease_source: z.enum(['manual', 'keeper_allow', 'escalation_approve']).nullable(),
  lease_issued_at: timeField.nullable(),
  run_id: z.string().nullable().describe('of a lease that ends with this run'),
  grant_source: z.enum(REACH_SOURCES),
});

export const bindingBody = z
  .strictObject({
    credential_id: idField,
    slot: slotField,
    scope: z.enum(BINDING_SCOPES),
    crew_id: idField.nullable().default(null).describe('with the scope CREW'),
    agent_id: idField.nullable().default(null).describe('with the scope AGENT'),
  })
  .refine(({ scope, crew_id: crewId }) => (scope === 'CREW') === (crewId !== null), {
    path: ['crew_id'],
    message: 'goes with the scope CREW, and CREW with it',
  })
  .refine(({ scope, agent_id: agentId }) => (scope === 'AGENT') === (agentId !== null), {
    path: ['agent_id'],
    message: 'goes with the scope AGENT, and AGENT with it',
  })
  .meta({
    example: { credential_id: 'cred_1', slot: 'DEPLOY_TOKEN', scope: 'WORKSPACE', crew_id: null, agent_id: null },
  });
export const bindingAnswer = z.object({
  id: z.string(),
  credential_id: z.string(),
  credential_name: z.string(),
  scope: z.enum(BINDING_SCOPES),
  crew_id: z.string().nullable(),
  agent_id: z.string().nullable(),
  slot: z.string(),
  created_at: timeField,
});
export const bindingsQuery = z.object({
  workspace_id: idField.optional(),
  credential_id: idField.optional(),
  ...pageQuery({ defaultLimit: 100 }),
});
export const bindingParams = z.object({ bindingId: idField });
export const agentSlotsAnswer = z.object({
  agent_id: z.string(),
  slots: z.array(
    z.object({
      slot: z.string(),
      credential_id: z.string(),
      credential_name: z.string(),
      source: z.enum(REACH_SOURCES),
    }),
  ),
  warnings: z.array(z.string()).optional().describe('slots whose credential does not work now'),
});

export const sensitivityBody = z.strictObject({ sensitivity: z.enum(SENSITIVITIES) });
export const sensitivityAnswer = z.object({
  credential_id: z.string(),
  sensitivity: z.enum(SENSITIVITIES),
  previous: z.enum(SENSITIVITIES),
});
