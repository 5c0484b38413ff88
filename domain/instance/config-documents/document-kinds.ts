import { promptStandardKind } from '../../crews/standards/prompt-standard.ts';
import { toolConfigKind } from '../../integrations/mcp/tool-config.ts';
import { pipelinePolicyKind } from '../../work/pipeline/pipeline-policy.ts';
import { scenariosKind } from '../../evidence/testing/scenario.ts';
import { validationConfigKind } from '../../evidence/validation/validation-config.ts';
import { agentPolicyKind } from '../../knowledge/namespaces/agent-policy-kind.ts';
import { llmConfigKind } from '../../money/llm/llm-config.ts';
import { notificationPreferencesKind } from '../../people/inbox/notification-preferences.ts';
import type { DocumentKind } from '../../kernel/documents/document-kind.ts';

/** All kinds of configuration documents, each declared by the family that reads it. */
export const DOCUMENT_KINDS: readonly DocumentKind[] = [
  llmConfigKind,
  promptStandardKind,
  validationConfigKind,
  notificationPreferencesKind,
  agentPolicyKind,
  toolConfigKind,
  pipelinePolicyKind,
  scenariosKind,
];
