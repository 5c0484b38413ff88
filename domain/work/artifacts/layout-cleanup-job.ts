import type { JobKind } from '../../kernel/jobs/job-kind.ts';

/** Tidies the layout of an HTML artifact and saves that as its next revision. */
export const layoutCleanupJob = {
  name: 'artifact.layout-cleanup',
  description: 'Tidies the layout of an HTML artifact into its next revision.',
  // Whoever may edit the artifact, which the request asks for.
  startedBy: { action: 'read', scope: 'artifacts:write' },
  seenBy: { action: 'manage', scope: 'artifacts:read' },
  cancelledBy: { action: 'manage', scope: 'artifacts:write' },
  input: ({ z }) =>
    z.strictObject({
      reference_token: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
      base_revision: z.int().min(1).optional().describe('default: the newest'),
      instructions: z
        .string()
        .trim()
        .min(1)
        .max(2_000)
        .optional()
        .describe('what a model is to do; without them no model is asked'),
    }),
  result: ({ z }) =>
    z.object({
      reference_token: z.string(),
      revision: z.int(),
      removed: z.array(z.object({ what: z.string(), name: z.string(), count: z.int() })),
    }),
  subjectOf: (input) => ({ type: 'artifact', id: input.reference_token as string }),
  deadlineMs: 600_000,
  driver: 'job',
  steps: ['tidy'],
} as const satisfies JobKind;
