import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';

/** What scenarios are played by, by either door. */
export function testRunInput({ z, id }: Fields) {
  const word = z.string().min(1).max(64);
  return z.strictObject({
    scenario_ids: z.array(word).max(100).default([]),
    tags: z.array(word).max(20).default([]).describe('those with any of these; neither ids nor tags: all'),
    agent: z
      .string()
      .min(1)
      .max(100)
      .nullable()
      .default(null)
      .describe('who is talked to; default: who answers by default'),
    repeat: z.int().min(1).max(10).default(1),
    baseline_run_id: id.nullable().default(null).describe('a run that this one is compared with'),
  });
}

export interface TestRunInput {
  readonly scenario_ids: readonly string[];
  readonly tags: readonly string[];
  readonly agent: string | null;
  readonly repeat: number;
  readonly baseline_run_id: string | null;
}

/** Plays scenarios with an agent, a few at a time, by turns of private sessions. */
export const testRunJob = {
  name: 'testing.run',
  description:
    'Plays scenarios with an agent, without effects outside, and holds its answers against what is expected.',
  startedBy: { action: 'create', scope: 'testing:write' },
  seenBy: { action: 'read', scope: 'testing:read' },
  cancelledBy: { action: 'create', scope: 'testing:write' },
  input: testRunInput,
  result: ({ z }) => z.strictObject({ passed: z.int(), failed: z.int(), total: z.int() }),
  deadlineMs: 86_400_000,
  driver: 'job',
  steps: ['play', 'conclude'],
} as const satisfies JobKind;
