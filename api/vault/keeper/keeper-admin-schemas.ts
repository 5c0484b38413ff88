import { z } from 'zod';
import { WATCH_PRESETS } from '../../../domain/vault/keeper/judge-prompt.ts';
import { KEEPER_SIGNALS } from '../../../domain/vault/keeper/keeper-health.ts';
import {
  KEEPER_DECISIONS,
  KEEPER_REQUEST_TYPES,
  MAX_JUDGE_SECONDS,
  MAX_REASON_LENGTH,
} from '../../../domain/vault/keeper/keeper-request.ts';
import { MAX_LEASE_SECONDS } from '../../../domain/vault/credentials/credential.ts';
import { clearableField, idField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const keeperRequestsQuery = z.object({
  workspace_id: idField.optional(),
  ...pageQuery({ defaultLimit: 50, maxLimit: 200 }),
});
export const keeperRequestParams = z.object({ requestId: idField });

export const listedKeeperRequest = z.object({
  id: z.string(),
  agent_id: z.string(),
  agent_name: z.string(),
  crew_id: z.string(),
  run_id: z.string().nullable(),
  credential_id: z.string(),
  credential_name: z.string(),
  security_level: z.int(),
  intent: z.string(),
  request_type: z.enum(KEEPER_REQUEST_TYPES),
  command: z.string().nullable(),
  decision: z.enum(KEEPER_DECISIONS),
  reason: z.string().nullable(),
  risk_score: z.int().nullable(),
  exit_code: z.int().nullable(),
  ollama_prompt: z.string().nullable().describe('what the judge was asked, its beginning'),
  ollama_raw_response: z.string().nullable().describe('what the judge answered, its beginning'),
  created_at: timeField,
  decided_at: timeField.nullable(),
  decided_by: z.string().nullable(),
  judge_profile: z.string().nullable().describe('provider/model that was asked'),
});

export const keeperRequestEvent = z.object({
  seq: z.int(),
  state: z.string(),
  actor_type: z.string(),
  actor_id: z.string().nullable(),
  reason: z.string().nullable(),
  risk_score: z.int().nullable(),
  created_at: timeField,
});

export const resolveKeeperBody = z.strictObject({
  decision: z.enum(['ALLOW', 'DENY']),
  reason: clearableField(MAX_REASON_LENGTH).default(null),
  adjudicator: clearableField(255).default(null).describe('where it was decided, in the decider’s words'),
});
export const resolvedKeeperAnswer = z.object({
  request_id: z.string(),
  decision: z.enum(['ALLOW', 'DENY', 'ESCALATE']),
  reason: z.string(),
  decided_at: timeField,
});

const governanceFields = {
  enabled: z.boolean().describe('whether it watches, and tells people of denials'),
  hard_gate: z.boolean().describe('tiers 3 and 4 need a grant or a binding'),
  escalate_from: z.int().min(0).max(5).describe('0: the tiers decide; 1–4: people, from that tier on; 5: never'),
  require_second_approver: z.boolean(),
  auto_lease_seconds: z
    .int()
    .min(0)
    .max(MAX_LEASE_SECONDS)
    .refine((seconds) => seconds === 0 || seconds >= 60, 'must be 0, or 60 at least'),
  deny_notify_min_risk: z.int().min(1).max(10),
  judge_timeout_seconds: z.int().min(1).max(MAX_JUDGE_SECONDS),
  watch_spec: clearableField(4_000),
  watch_presets: z.array(z.enum(WATCH_PRESETS as [string, ...string[]])).max(10),
  security_contact_user_id: idField.nullable(),
};

const governanceChange = z.strictObject(governanceFields).partial();
export const governanceBody = governanceChange.meta({ example: { escalate_from: 3, auto_lease_seconds: 3_600 } });

const judge = {
  gov_model_provider: z.string().nullable().describe('of the model that judges: `PUT /admin/llm-config` sets it'),
  gov_model_id: z.string().nullable(),
  gov_model_credential_id: z.string().nullable(),
};
export const governanceAnswer = z.object({
  ...governanceFields,
  auto_lease_seconds: z.int(),
  watch_spec: z.string().nullable(),
  watch_presets: z.array(z.string()),
  ...judge,
});

export const keeperStatusAnswer = z.object({
  enabled: z.boolean(),
  gatekeeper_configured: z.boolean().describe('whether there is a model that can be asked'),
  model: z.string().nullable(),
  model_source: z.enum(['workspace', 'instance']).nullable(),
  ollama_url: z.string().nullable().describe('of a judge that is the workspace’s own server'),
  ollama_online: z.boolean().nullable().describe('null: it was not looked at'),
  ollama_probed: z.boolean(),
  total_requests: z.int(),
  allow_count: z.int(),
  deny_count: z.int(),
  escalate_count: z.int(),
  secret_count: z.int(),
  signals: z.array(z.enum(KEEPER_SIGNALS)),
  ...judge,
});
