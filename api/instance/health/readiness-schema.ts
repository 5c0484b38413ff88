import { z } from 'zod';

export const readinessSchema = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  checks: z.record(
    z.string(),
    z.object({
      status: z.enum(['ok', 'down']),
      ms: z.int(),
      required: z.boolean().describe('without it no request is accepted'),
      detail: z.string().optional(),
    }),
  ),
});
