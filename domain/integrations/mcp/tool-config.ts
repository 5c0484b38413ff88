import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { GATE_MODES, type GateMode } from '../../people/approvals/approval.ts';

/** How agents of a workspace may use one of their tools: docs/contracts/internal-ipc.md, Which tools. */
export interface ToolRule {
  readonly name: string;
  readonly enabled: boolean;
  /** Whether people are asked before each call, and whether the agent waits for them. */
  readonly approval: GateMode;
  /** Null: as many calls as there are. */
  readonly limits: { readonly per_run: number | null; readonly per_hour: number | null };
}

export interface ToolConfig {
  readonly tools: readonly ToolRule[];
}

/** Whether people may be asked before it is called. */
export function isAskedAbout(tool: string): boolean {
  return !NEVER_ASKED.includes(tool);
}

export const TOOL_CONFIG = 'tool-config';

/** Asking people, and hearing what they say, is never asked of people first. */
const NEVER_ASKED = ['request_approval', 'wait_for_approval'];
/** What an agent that waits for people needs. */
const TO_WAIT_WITH = 'wait_for_approval';

const NO_LIMITS = { per_run: null, per_hour: null };

/** What holds for a tool of which nothing is said. */
function defaultRule(name: string): ToolRule {
  return { name, enabled: true, approval: 'none', limits: NO_LIMITS };
}

export function ruleOf(config: ToolConfig | null, name: string): ToolRule {
  return config?.tools.find((tool) => tool.name === name) ?? defaultRule(name);
}

/** The schema of the document, and of what the API takes. */
export function toolConfigSchema({ z }: Fields) {
  const limit = z.int().min(1).max(1_000_000).nullable().default(null);
  return z.strictObject({
    tools: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(64),
          enabled: z.boolean(),
          approval: z
            .enum(GATE_MODES)
            .default('none')
            .describe('async: people are asked and it goes on; sync: it waits'),
          limits: z
            .strictObject({
              per_run: limit.describe('calls of one attempt'),
              per_hour: limit.describe('calls of all agents of the workspace within 60 minutes'),
            })
            .default(NO_LIMITS),
        }),
      )
      .max(200)
      .superRefine((tools, context) => {
        const refuse = (index: number, member: string, message: string) =>
          context.addIssue({ code: 'custom', path: [index, member], message });
        const isOff = tools.some(({ name, enabled }) => name === TO_WAIT_WITH && !enabled);
        for (const [index, { name, approval }] of tools.entries()) {
          if (tools.findIndex((tool) => tool.name === name) !== index) refuse(index, 'name', 'is there twice');
          if (approval !== 'none' && !isAskedAbout(name)) refuse(index, 'approval', `must be none for ${name}`);
          if (approval === 'sync' && isOff) refuse(index, 'approval', `needs ${TO_WAIT_WITH}, which is switched off`);
        }
      }),
  });
}

export const toolConfigKind: DocumentKind = {
  name: TOOL_CONFIG,
  schema: toolConfigSchema,
  hasInstanceDefault: false,
};
