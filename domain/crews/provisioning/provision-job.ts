import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import { BUILD_STEPS, type BuildStep } from './build-spec.ts';

/**
 * A crew's image on its way. It follows a build, whose workflow moves it; its routes are `/crews/{crewId}/provision`.
 */
export const provisionJob = {
  name: 'provision',
  description: 'Makes the image of a crew, or finds it on the crew’s host.',
  startedBy: null,
  seenBy: { action: 'read', scope: 'crews:read' },
  cancelledBy: { action: 'create', scope: 'crews:write' },
  input: ({ z }) =>
    z.object({
      config_hash: z.string().describe('of the configuration that the image is made of'),
      fresh: z.boolean().optional().describe('past the images that are there'),
    }),
  result: ({ z }) =>
    z.object({
      config_hash: z.string(),
      cached_image: z.string().nullable(),
      image_id: z.string().nullable(),
    }),
  deadlineMs: null,
  driver: 'own',
  steps: BUILD_STEPS,
} satisfies JobKind<BuildStep>;
