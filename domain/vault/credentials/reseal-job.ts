import type { JobKind } from '../../kernel/jobs/job-kind.ts';

/**
 * Seals a workspace's secrets with the newest key of the instance. The instance does that by itself within the hour
 * after a new key; this is for who wants to see it done.
 */
export const resealJob = {
  name: 'credentials.reseal',
  description: 'Seals all secrets of the workspace with the newest key of the instance.',
  startedBy: { action: 'manage', scope: 'credentials:write' },
  seenBy: { action: 'manage', scope: 'credentials:read' },
  cancelledBy: { action: 'manage', scope: 'credentials:write' },
  input: ({ z }) => z.object({}),
  result: ({ z }) =>
    z.object({
      key: z.string().describe('the newest key, as ciphertexts name it'),
      left: z.int().describe('secrets that an older key seals still: one that is not there, or rows that were held'),
    }),
  deadlineMs: 86_400_000,
  driver: 'job',
  steps: ['seal'],
} as const satisfies JobKind;
