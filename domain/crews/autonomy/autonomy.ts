/** How much the agents of a crew may do by themselves, least first. */
export const AUTONOMY_LEVELS = ['strict', 'guided', 'trusted', 'full'] as const;
export type AutonomyLevel = (typeof AUTONOMY_LEVELS)[number];

export type AutonomyAction = 'crew_create' | 'agent_create' | 'mission_create';

/** `held`: it is made, and does nothing until a person approves it. */
export type AutonomyVerdict = 'refused' | 'held' | 'allowed';

const TABLE: Readonly<Record<AutonomyAction, Readonly<Record<AutonomyLevel, AutonomyVerdict>>>> = {
  crew_create: { strict: 'refused', guided: 'held', trusted: 'held', full: 'allowed' },
  agent_create: { strict: 'refused', guided: 'held', trusted: 'held', full: 'allowed' },
  mission_create: { strict: 'held', guided: 'allowed', trusted: 'allowed', full: 'allowed' },
};

/** What comes of an action that an agent of a crew takes by itself. */
export function judgeAction(level: AutonomyLevel, action: AutonomyAction): AutonomyVerdict {
  return TABLE[action][level];
}

/** Whether `to` gives agents more than `from`. */
export function raisesAutonomy(from: AutonomyLevel, to: AutonomyLevel): boolean {
  return AUTONOMY_LEVELS.indexOf(to) > AUTONOMY_LEVELS.indexOf(from);
}
