import type { AutonomyLevel } from './autonomy.ts';

/** What is done about behaviour that is flagged: it goes on and people are told, or it is refused. */
export const BEHAVIOR_MODES = ['warn', 'block'] as const;
export type BehaviorMode = (typeof BEHAVIOR_MODES)[number];

/** How much a crew's agents may do by themselves, and who said so. */
export interface CrewPolicy {
  readonly crew_id: string;
  readonly autonomy_level: AutonomyLevel;
  readonly behavior_mode: BehaviorMode;
  readonly set_by_user_id: string | null;
  readonly set_at: string | null;
  readonly reason: string | null;
}
