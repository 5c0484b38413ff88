import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';

/** The kind of document that says what agents reach; its key is the agent's id. */
export const AGENT_POLICY = 'agent-namespaces';

export function agentPolicySchema({ z }: Fields) {
  const names = z.array(z.string().min(2).max(80)).max(100);
  return z.strictObject({
    read: names.describe('namespaces that the agent reads'),
    write: names.describe('namespaces that it writes, and reads'),
    review_required: z.boolean().default(true).describe('whether what it writes waits for a review'),
  });
}

export const agentPolicyKind: DocumentKind = {
  name: AGENT_POLICY,
  schema: agentPolicySchema,
  hasInstanceDefault: false,
};
