import { z } from 'zod';
import { AUTONOMY_LEVELS, type AutonomyLevel } from '../../../domain/crews/autonomy/autonomy.ts';

/** Members of the answer to everything that an agent makes and a person may have to approve. */
export const gateAnswer = {
  decision: z.enum(['allowed', 'held']),
  autonomy_level: z.enum(AUTONOMY_LEVELS).describe('of the crew whose agent made it'),
  pending_review: z.boolean(),
  approval_id: z.string().nullable(),
};

export function gateMembers(level: AutonomyLevel, approvalId: string | null) {
  const isHeld = approvalId !== null;
  return {
    decision: isHeld ? ('held' as const) : ('allowed' as const),
    autonomy_level: level,
    pending_review: isHeld,
    approval_id: approvalId,
  };
}
