import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { forkTasks, type TaskToFork } from '../../../domain/work/checkpoints/fork-tasks.ts';
import { cutTitle } from '../../../domain/work/missions/mission.ts';
import { newForkId, newJournalId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { copyMission } from '../../engine/missions/copy-mission.ts';
import { lockMissionOf } from '../../engine/missions/mission-commands.ts';
import { readSoundGraph } from '../../../db/work/missions/mission-graph.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';
import { insertCheckpoint, journalCheckpoint } from './checkpoint-commands.ts';
import { getCheckpointIn } from '../../../db/work/checkpoints/read-checkpoints.ts';

const PREFIX = 'Fork: ';

/**
 * A new mission in PLANNING whose tasks are as they were at the checkpoint, and a checkpoint of it that names this one.
 * The new one's cursor is the entry `fork.created`, the last of the fork itself: nothing has diverged yet. Throws
 * `not_found` (also for a deleted crew), `conflict` when the crew has no lead.
 */
export async function forkCheckpoint(
  tx: Tx,
  checkpointId: string,
  fork: { readonly label: string | null; readonly createdBy: string | null },
  actor: Actor,
): Promise<{ readonly missionId: string; readonly checkpointId: string }> {
  const source = await getCheckpointIn(tx, checkpointId);
  const mission = await lockMissionOf(tx, null, source.mission_id);
  const missionId = await copyMission(tx, mission, {
    id: newForkId(),
    title: PREFIX + cutTitle(mission.title, PREFIX.length),
    tasks: forkTasks(await readTasks(tx, mission.id), {
      createdAtMs: Date.parse(source.created_at),
      pendingTasks: source.state.pending_tasks,
    }),
    createdBy: fork.createdBy,
    actor,
    forkedFrom: source.id,
  });
  const copy = (await lockMission(tx, missionId))!;
  const entryId = newJournalId();
  const made = await insertCheckpoint(tx, copy, { ...fork, journalCursor: entryId, forkOf: source.id }, actor);
  journalCheckpoint(tx, copy, {
    entryId,
    severity: 'notice',
    actor,
    summary: 'mission forked from a checkpoint',
    says: {
      type: 'fork.created',
      payload: {
        checkpoint_id: made.id,
        mission_id: copy.id,
        fork_of: source.id,
        forked_mission_id: mission.id,
      },
    },
  });
  return { missionId, checkpointId: made.id };
}

async function readTasks(tx: Tx, missionId: string): Promise<TaskToFork[]> {
  const graph = await readSoundGraph(tx, missionId);
  const times = await tx.any<{ id: string; created_at: string; completed_at: string | null }>(sql`
    SELECT id, created_at, completed_at FROM tasks WHERE mission_id = ${missionId}`);
  const byId = new Map(times.map((task) => [task.id, task]));
  return graph.map((task) => {
    const { created_at: createdAt, completed_at: completedAt } = byId.get(task.id)!;
    return {
      ...task,
      createdAtMs: Date.parse(createdAt),
      completedAtMs: completedAt === null ? null : Date.parse(completedAt),
    };
  });
}
