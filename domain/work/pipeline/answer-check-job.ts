import type { JobKind } from '../../kernel/jobs/job-kind.ts';

/** Holds what an agent answered in a session against the workspace's checks, and puts it before people. */
export const answerCheckJob = {
  name: 'pipeline.check',
  description: 'Validates an answer of an agent, and puts it before people, as the pipeline policy says.',
  startedBy: null,
  // A private session's answers are nobody else's to see; who manages may end their checks.
  seenBy: { action: 'manage', scope: 'workspace:admin' },
  cancelledBy: { action: 'manage', scope: 'workspace:admin' },
  input: ({ z, id }) => z.strictObject({ run_id: id, message_id: id }),
  result: ({ z }) =>
    z.strictObject({
      log_id: z.string().nullable(),
      passed: z.boolean().nullable(),
      review_item_id: z.string().nullable(),
    }),
  deadlineMs: 86_400_000,
  driver: 'job',
  steps: ['validate', 'review'],
} as const satisfies JobKind;
