import { z } from 'zod';
import { CREDENTIAL_TYPES } from '../../../domain/vault/credentials/credential.ts';
import { escalateCall } from '../../../domain/people/escalations/escalation-calls.ts';
import { AGENT_WAIT_SECONDS, ESCALATION_ACTIONS } from '../../../domain/people/escalations/escalation.ts';
import { jsonMembers } from '../../crew-side/caller/internal-metadata.ts';
import { secretField } from '../../vault/credentials/credential-schemas.ts';
import { idField, nameField, sharedFields, timeField } from '../../http/kernel/fields.ts';

const MAX_METADATA_LENGTH = 16_384;

function isHttpsUrl(value: unknown): boolean {
  return (
    typeof value === 'string' && value.length <= 2_048 && URL.canParse(value) && new URL(value).protocol === 'https:'
  );
}

/** What a CREDENTIAL escalation proposes. The rest of the metadata is not kept: a secret might be anywhere in it. */
export const proposedCredential = z.object({
  name: nameField(1, 255),
  type: z.enum(CREDENTIAL_TYPES).default('SECRET'),
  provider: nameField(1, 64).default('NONE'),
  value: secretField.nullable().default(null),
});

const asked = escalateCall.input(sharedFields);

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const newEscalationBody = asked
  .extend({ metadata: jsonMembers.nullable().default(null).meta(asked.shape.metadata.meta()!) })
  .superRefine(({ type, metadata }, context) => {
    if (type === 'CREDENTIAL') {
      const refused = proposedCredential.safeParse(metadata ?? {}).error?.issues ?? [];
      for (const { path, message } of refused) {
        context.addIssue({ code: 'custom', path: ['metadata', ...path], message });
      }
    } else if (JSON.stringify(metadata).length > MAX_METADATA_LENGTH) {
      context.addIssue({ code: 'custom', path: ['metadata'], message: 'is too large' });
    }
  })
  .refine(({ type, metadata }) => type !== 'LINK' || isHttpsUrl(metadata?.url), {
    path: ['metadata', 'url'],
    message: 'must be an https URL',
  });

export const openedAnswer = z.object({
  escalation_id: z.string(),
  status: z.literal('PENDING'),
  deadline_at: timeField,
  timeout_seconds: z.int(),
  answer_deadline_at: timeField,
});

export const waitParams = z.object({ escalationId: idField });

export const waitQuery = z.object({
  timeout_seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(AGENT_WAIT_SECONDS)
    .optional()
    .describe('ends this poll early, with 408 TIMEOUT; ask again'),
});

export const waitAnswer = z.object({
  status: z.enum(['RESOLVED', 'EXPIRED', 'CANCELLED', 'UNANSWERED']),
  resolution: z.string().optional(),
  action: z.enum([...ESCALATION_ACTIONS, '']).optional(),
  redirect_to: z.string().nullable().optional(),
  warning: z.string().optional().describe('why the agent goes on without an answer'),
  agent_action: z.literal('continued_with_warning').optional(),
  still_open: z.boolean().optional().describe('whether people may still answer'),
});

export const waitTimeoutAnswer = z.object({ status: z.literal('TIMEOUT'), error: z.string() });
