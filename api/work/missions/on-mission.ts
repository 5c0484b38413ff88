import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMissionOf } from '../../../commands/engine/missions/mission-commands.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

/** What is needed of a request whose path names a mission of a crew. */
interface MissionRequest<Result> {
  readonly workspace: { readonly id: string };
  readonly params: { readonly crewId: string; readonly missionId: string };
  write(handler: (tx: Tx) => Promise<Result>): Promise<Result>;
}

/**
 * Runs a command on the mission that a path names, which is locked, in the request's transaction. Throws `not_found`,
 * `ambiguous_reference`.
 */
export async function onMission<Result>(
  reads: ReadPool,
  ctx: MissionRequest<Result>,
  command: (tx: Tx, mission: MissionRow) => Promise<Result>,
): Promise<Result> {
  const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
  return ctx.write(async (tx) => command(tx, await lockMissionOf(tx, crew.id, ctx.params.missionId)));
}
