/** Where a mission may be: docs/contracts/missions.md, Mission states. */
export const MISSION_STATUSES = ['PLANNING', 'IN_PROGRESS', 'REVIEW', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type MissionStatus = (typeof MISSION_STATUSES)[number];

/** What PATCH may do. Start, restart and the engine's own transitions are commands of their own. */
const PATCHABLE: Readonly<Record<MissionStatus, readonly MissionStatus[]>> = {
  PLANNING: ['IN_PROGRESS', 'CANCELLED'],
  IN_PROGRESS: ['REVIEW', 'FAILED', 'CANCELLED'],
  REVIEW: ['COMPLETED', 'IN_PROGRESS', 'FAILED', 'CANCELLED'],
  COMPLETED: [],
  FAILED: [],
  CANCELLED: [],
};

export function canPatchMission(from: MissionStatus, to: MissionStatus): boolean {
  return PATCHABLE[from].includes(to);
}

/** Restart goes back to PLANNING from these. */
export const RESTARTABLE: readonly MissionStatus[] = ['COMPLETED', 'FAILED', 'CANCELLED'];

/** Ended: nothing is dispatched or asked on its behalf. */
export function isOver(status: MissionStatus): boolean {
  return RESTARTABLE.includes(status);
}
