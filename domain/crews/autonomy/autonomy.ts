import { type Role, roleAllows } from '../../kernel/access/authority.ts';
import { CrewshipError } from '../../kernel/errors/crewship-error.ts';

/** How much the agents of a crew may do by themselves, least first. */
export const AUTONOMY_LEVELS = ['strict', 'guided', 'trusted', 'full'] as const;
export type AutonomyLevel = (typeof AUTONOMY_LEVELS)[number];

export type AutonomyAction = 'crew_create' | 'agent_create' | 'mission_create';

/** `held`: it is made, and does nothing until a person approves it. `noticed`: it is live, and people are told. */
export type AutonomyVerdict = 'refused' | 'held' | 'noticed' | 'allowed';

const TABLE: Readonly<Record<AutonomyAction, Readonly<Record<AutonomyLevel, AutonomyVerdict>>>> = {
  crew_create: { strict: 'refused', guided: 'held', trusted: 'held', full: 'noticed' },
  agent_create: { strict: 'refused', guided: 'held', trusted: 'held', full: 'noticed' },
  mission_create: { strict: 'held', guided: 'noticed', trusted: 'allowed', full: 'allowed' },
};

/** What comes of an action that an agent of a crew takes by itself. */
export function judgeAction(level: AutonomyLevel, action: AutonomyAction): AutonomyVerdict {
  return TABLE[action][level];
}

/** Whether `to` gives agents more than `from`. */
function raisesAutonomy(from: AutonomyLevel, to: AutonomyLevel): boolean {
  return AUTONOMY_LEVELS.indexOf(to) > AUTONOMY_LEVELS.indexOf(from);
}

/** More autonomy releases what approvals keep for ADMIN. Throws `forbidden`. */
export function refuseRaising(from: AutonomyLevel, to: AutonomyLevel | undefined, role: Role): void {
  if (to === undefined || !raisesAutonomy(from, to) || roleAllows(role, { action: 'manage' })) return;
  throw new CrewshipError('forbidden', 'raising autonomy_level takes ADMIN');
}
