import { z } from 'zod';
import { agentPolicySchema } from '../../../domain/knowledge/namespaces/agent-policy-kind.ts';
import { NAMESPACE_NAME } from '../../../domain/knowledge/namespaces/namespace.ts';
import { idField, nameField, refField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

/** A namespace by its name; those of projects are longer than those that people make. */
export const namespaceField = z
  .string()
  .max(80)
  .regex(/^(project\.[A-Za-z0-9_-]{2,64}|[a-z0-9][a-z0-9_.-]{1,63})$/, `must match ${NAMESPACE_NAME.source}`)
  .describe('name of a namespace');

const version = z.int().min(0).max(2_147_483_647);
const policy = agentPolicySchema(sharedFields);

export const namespacesQuery = z.object({
  workspace_id: idField.optional(),
  ...pageQuery({ defaultLimit: 50 }),
});
export const namespaceParams = z.object({ namespaceName: namespaceField });
export const namespaceAnswer = z.object({
  name: z.string(),
  title: z.string(),
  access: z.enum(['read', 'write']).describe('the caller’s; who writes also reads'),
  review_required: z.boolean().describe('whether what is written into it waits for a review'),
});
export const namespacesAnswer = z.object({
  items: z.array(namespaceAnswer.extend({ entry_count: z.int().describe('that the caller sees'), version: z.int() })),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
export const namespacePatchBody = z
  .strictObject({
    title: nameField(1, 200).optional(),
    review_required: z.boolean().optional(),
    version: version.describe('the one that was read'),
  })
  .refine(({ title, review_required: review }) => title !== undefined || review !== undefined, {
    path: ['title'],
    error: 'or review_required must be given',
  })
  .meta({ example: { review_required: true, version: 1 } });

export const policyParams = z.object({ agentId: refField });
export const policyBody = policy
  .extend({ version: version.describe('the one that was read; 0 where nothing was said of the agent') })
  .meta({ example: { read: ['team'], write: [], review_required: true, version: 0 } });
export const policyAnswer = z.object({
  agent_id: z.string(),
  agent_name: z.string().describe('its slug'),
  read: policy.shape.read,
  write: policy.shape.write,
  review_required: z.boolean(),
  version: z.int(),
  updated_at: timeField,
});
export const policiesAnswer = z.object({
  items: z.array(policyAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
