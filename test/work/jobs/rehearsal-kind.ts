import type { JobKind } from '../../../domain/kernel/jobs/job-kind.ts';

/** A kind of job that only tests know: it does what its input says, in a directory where they see it. */
export const rehearsalJob = {
  name: 'test.rehearsal',
  description: 'Does what a test says.',
  startedBy: { action: 'create', scope: 'missions:write' },
  seenBy: { action: 'manage', scope: 'missions:read' },
  cancelledBy: { action: 'manage', scope: 'missions:write' },
  input: ({ z }) =>
    z.strictObject({
      dir: z.string().max(500),
      /** This step goes on until a file `go-<step>` is there. */
      hold: z.enum(['prepare', 'work', 'publish', 'undo']).optional(),
      batches: z.int().min(1).max(100).default(1),
      asks: z.boolean().default(false),
      /** The step `publish` fails: for good, or every time. */
      fails: z.enum(['for-good', 'always']).optional(),
      /** Of its result, which is to be a number. */
      leaves: z.string().optional(),
    }),
  result: ({ z }) => z.strictObject({ batches: z.int() }),
  subjectOf: () => ({ type: 'rehearsal', id: 'stage' }),
  deadlineMs: 3_600_000,
  driver: 'job',
  steps: ['prepare', 'work', 'approve', 'publish'],
} as const satisfies JobKind;

export interface RehearsalInput {
  readonly dir: string;
  readonly hold?: 'prepare' | 'work' | 'publish' | 'undo';
  readonly batches?: number;
  readonly asks?: boolean;
  readonly fails?: 'for-good' | 'always';
  readonly leaves?: string;
}
