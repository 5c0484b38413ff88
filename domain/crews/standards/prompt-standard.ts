import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';

export const RULE_SEVERITIES = ['info', 'warning', 'error'] as const;

/** What every prompt of an agent says beside who it is: docs/contracts/crews-and-agents.md, Prompt standards. */
export interface PromptStandard {
  readonly content: string;
  readonly rules: readonly {
    readonly id: string;
    readonly text: string;
    readonly severity: (typeof RULE_SEVERITIES)[number];
  }[];
  /** One that is switched off is as though it were not there. */
  readonly enabled: boolean;
}

/** The key of the one that counts for agents without one of their own; the others' is the agent's id. */
export const DEFAULT_STANDARD = 'default';

/** The schema of the document, and of what the API takes. */
export function promptStandardSchema({ z }: Fields) {
  return z.strictObject({
    content: z.string().trim().min(1).max(50_000),
    rules: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, _, . and -'),
          text: z.string().trim().min(1).max(1_000),
          severity: z.enum(RULE_SEVERITIES).default('warning'),
        }),
      )
      .max(100)
      .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'has two rules of one id')
      .default([]),
    enabled: z.boolean().default(true),
  });
}

export const promptStandardKind: DocumentKind = {
  name: 'prompt-standard',
  schema: promptStandardSchema,
  hasInstanceDefault: false,
};
