import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { validationFields } from '../validation/validation-config.ts';

/** What is expected of an answer, or of the turn that gave it: docs/contracts/testing.md, Assertions. */
export type Assertion =
  | { readonly kind: 'contains' | 'not_contains'; readonly text: string }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> }
  | { readonly kind: 'tool_called'; readonly tool: string }
  | { readonly kind: 'max_cost_usd'; readonly value: number }
  | { readonly kind: 'max_duration_ms'; readonly value: number }
  | { readonly kind: 'judge_score'; readonly rubric: string; readonly judges: number; readonly at_least: number };

/** A conversation with an agent, and what is expected of it. */
export interface Scenario {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly steps: readonly { readonly message: string; readonly expect: readonly Assertion[] }[];
}

/** What came of an assertion: never words of the answer. */
export interface AssertionResult {
  readonly step: number;
  readonly kind: Assertion['kind'];
  readonly passed: boolean;
  readonly detail: string;
}

export const RESULT_STATUSES = ['pending', 'running', 'passed', 'failed', 'error', 'cancelled'] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

export const SCENARIOS = 'testing-scenarios';
/** Times that scenarios of one run are played. */
export const MOST_RESULTS = 200;

/** The schema of a workspace's own, and of what the API takes. */
export function scenariosSchema(fields: Fields) {
  const { z } = fields;
  const { schema } = validationFields(fields);
  const kind = <Kind extends string>(name: Kind) => z.literal(name);
  const text = z.string().min(1).max(2_000);
  const assertion = z.discriminatedUnion('kind', [
    z.strictObject({ kind: kind('contains'), text: text.describe('in any case') }),
    z.strictObject({ kind: kind('not_contains'), text }),
    z.strictObject({
      kind: kind('regex'),
      pattern: z
        .string()
        .min(1)
        .max(500)
        .refine(isPattern, 'must be a regular expression')
        .describe('of JavaScript, with the flag u; one that takes longer than a second does not match'),
    }),
    z.strictObject({ kind: kind('json_schema'), schema }),
    z.strictObject({ kind: kind('tool_called'), tool: z.string().min(1).max(128) }),
    z.strictObject({ kind: kind('max_cost_usd'), value: z.number().min(0).max(1_000) }),
    z.strictObject({ kind: kind('max_duration_ms'), value: z.int().min(1).max(86_400_000) }),
    z.strictObject({
      kind: kind('judge_score'),
      rubric: z.string().trim().min(1).max(4_000),
      judges: z.int().min(1).max(5).default(1),
      at_least: z.number().min(0).max(1),
    }),
  ]);
  const word = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, _ and -');
  return z.strictObject({
    scenarios: z
      .array(
        z.strictObject({
          id: word,
          name: z.string().trim().min(1).max(200),
          tags: z.array(word).max(20).default([]),
          enabled: z.boolean().default(true),
          steps: z
            .array(
              z.strictObject({
                message: z.string().trim().min(1).max(20_000),
                expect: z.array(assertion).max(20).default([]),
              }),
            )
            .min(1)
            .max(20),
        }),
      )
      .max(100)
      .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'has two scenarios of one id'),
  });
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

export const scenariosKind: DocumentKind = { name: SCENARIOS, schema: scenariosSchema, hasInstanceDefault: false };

export interface ListedScenario extends Scenario {
  readonly source: 'shipped' | 'workspace';
}

/** Those that there are for a workspace, by their ids: its own take the place of shipped ones of the same id. */
export function allScenarios(shipped: readonly Scenario[], own: readonly Scenario[]): readonly ListedScenario[] {
  const byId = new Map<string, ListedScenario>();
  for (const scenario of shipped) byId.set(scenario.id, { ...scenario, source: 'shipped' });
  for (const scenario of own) byId.set(scenario.id, { ...scenario, source: 'workspace' });
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
