import type { JobKind } from '../../kernel/jobs/job-kind.ts';

/**
 * An evaluation on its way: its row says what of. Its routes are `/eval`. It may wait as long as this for who works on
 * it; the time that it may be worked on is its own to keep.
 */
export const evalJob = {
  name: 'eval',
  description: 'Computes what a mission did, or how one did beside another.',
  startedBy: null,
  seenBy: { action: 'read', scope: 'eval:read' },
  cancelledBy: { action: 'manage', scope: 'eval:write' },
  input: ({ z }) => z.object({ kind: z.enum(['replay', 'regression']) }),
  result: ({ z }) => z.object({ regressed: z.boolean() }),
  deadlineMs: 604_800_000,
  driver: 'job',
  steps: ['begin', 'measure', 'conclude'],
} as const satisfies JobKind;
