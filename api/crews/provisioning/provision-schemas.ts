import { z } from 'zod';
import { BUILD_STEPS } from '../../../domain/crews/provisioning/build-spec.ts';
import { timeField } from '../../http/kernel/fields.ts';

/**
 * What stands after `agents_pending_restart` is of a job, under way or lately over (docs/contracts/provisioning.md,
 * Status).
 */
export const provisionAnswer = z.object({
  status: z
    .enum(['idle', 'pending', 'running', 'completed', 'failed'])
    .describe('idle: no job and no image; completed: the image exists and no job is open'),
  devcontainer_config: z.string().nullable(),
  cached_image: z.string().nullable().describe('tag of the last image that was made for the crew'),
  config_hash: z
    .string()
    .nullable()
    .describe('key of the configuration as it is now; null when nothing is to be built, or no host was chosen yet'),
  agents_pending_restart: z.int().describe('agents whose container was made from an older image'),
  step: z.int().optional(),
  total: z.int().optional(),
  message: z.string().optional(),
  steps: z.array(z.enum(BUILD_STEPS)).optional(),
  log_tail: z.array(z.string()).optional().describe('last lines of the build, at most 50'),
  resolved_features: z
    .array(
      z.object({
        ref: z.string(),
        digest: z.string().describe('of its manifest'),
        version: z.string().describe('as its publisher says; empty when it says none'),
      }),
    )
    .optional()
    .describe('the features of the build in the order of their installation, once it has found them'),
  started_at: timeField.optional(),
  completed_at: timeField.optional(),
  error: z.string().optional().describe('why it failed'),
});

export const startedAnswer = z.object({ status: z.literal('started'), message: z.string() });

export const cancelledAnswer = z.object({ status: z.enum(['idle', 'completed']), message: z.string() });
