import type { JobKind } from '../../kernel/jobs/job-kind.ts';

/** A suite held against candidates: waits for its evaluations, which are jobs of their own, and counts them. */
export const evalSuiteJob = {
  name: 'eval.suite',
  description: 'Compares missions with the baselines of a suite.',
  startedBy: null,
  seenBy: { action: 'read', scope: 'eval:read' },
  cancelledBy: { action: 'manage', scope: 'eval:write' },
  input: ({ z, id }) => z.object({ suite_id: id }),
  result: ({ z }) => z.object({ passed: z.int(), regressed: z.int(), failed: z.int() }),
  deadlineMs: 604_800_000,
  driver: 'job',
  steps: ['await', 'conclude'],
} as const satisfies JobKind;
