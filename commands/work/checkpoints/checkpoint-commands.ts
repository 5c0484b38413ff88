import type { Actor } from '../../../domain/kernel/access/authority.ts';
import {
  type Checkpoint,
  divergenceLine,
  MAX_CHECKPOINTS_PER_MISSION,
  MAX_DIVERGENCE_NAMED,
} from '../../../domain/work/checkpoints/checkpoint.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import { checkpointEntries } from '../../../domain/work/checkpoints/checkpoint-entries.ts';
import { newCheckpointId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { getCheckpointIn } from '../../../db/work/checkpoints/read-checkpoints.ts';

/**
 * Records where a locked mission stands: its lock keeps commands on the mission from committing meanwhile, so cursor
 * and state tell of the same moment. Throws `conflict` when its journal has no entry or it has the most checkpoints
 * allowed.
 */
export async function createCheckpoint(
  tx: Tx,
  mission: MissionRow,
  checkpoint: { readonly label: string | null; readonly createdBy: string | null },
  actor: Actor,
): Promise<Checkpoint> {
  const newest = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM journal_entries WHERE mission_id = ${mission.id} ORDER BY ts DESC, id DESC LIMIT 1`);
  if (newest === null) throw new CrewshipError('conflict', 'the mission’s journal has no entry to point at');
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*) AS total FROM checkpoints WHERE mission_id = ${mission.id}`);
  if (total >= MAX_CHECKPOINTS_PER_MISSION) {
    throw new CrewshipError('conflict', `a mission has at most ${MAX_CHECKPOINTS_PER_MISSION} checkpoints`);
  }
  return insertCheckpoint(tx, mission, { ...checkpoint, journalCursor: newest.id, forkOf: null }, actor);
}

/** Writes a checkpoint of a locked mission at an entry of its journal. */
export async function insertCheckpoint(
  tx: Tx,
  mission: Pick<MissionRow, 'id' | 'workspace_id' | 'crew_id' | 'trace_id'>,
  checkpoint: {
    readonly label: string | null;
    readonly createdBy: string | null;
    readonly journalCursor: string;
    readonly forkOf: string | null;
  },
  actor: Actor,
): Promise<Checkpoint> {
  const id = newCheckpointId();
  // Agents have no memory of their own and crews hand out no assignments yet: both are empty.
  await tx.execute(sql`
    INSERT INTO checkpoints (id, workspace_id, crew_id, mission_id, label, journal_cursor, state, fork_of, created_by)
    SELECT ${id}, m.workspace_id, m.crew_id, m.id, ${checkpoint.label}, ${checkpoint.journalCursor},
      jsonb_build_object(
        'agent_memory', '{}'::jsonb,
        'pending_tasks', coalesce((
          SELECT jsonb_agg(t.id ORDER BY t.task_order, t.created_at, t.id) FROM tasks t
          WHERE t.mission_id = m.id AND t.status NOT IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')), '[]'),
        'open_assignments', '[]'::jsonb,
        'crew_container_id', c.container_id,
        'meta', jsonb_build_object('mission_status', m.status, 'mission_generation', m.generation)),
      ${checkpoint.forkOf}, ${checkpoint.createdBy}
    FROM missions m JOIN crews c ON c.id = m.crew_id WHERE m.id = ${mission.id}`);
  journalCheckpoint(tx, mission, {
    actor,
    summary: 'checkpoint created',
    says: {
      type: 'checkpoint.created',
      payload: {
        checkpoint_id: id,
        mission_id: mission.id,
        journal_cursor: checkpoint.journalCursor,
        ...(checkpoint.forkOf === null ? {} : { fork_of: checkpoint.forkOf }),
      },
    },
  });
  return getCheckpointIn(tx, id);
}

export interface RestoredCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The first entries since the cursor, oldest first, as `<type> at <entry id>`. */
  readonly divergence: readonly string[];
  readonly divergenceCount: number;
}

/**
 * Tells what has happened to the mission since the checkpoint, and changes nothing but the journal. Commands on a
 * mission take turns, so what is of a later millisecond than the cursor is what was committed after it. Throws
 * `not_found`.
 */
export async function restoreCheckpoint(tx: Tx, checkpointId: string, actor: Actor): Promise<RestoredCheckpoint> {
  const checkpoint = await getCheckpointIn(tx, checkpointId);
  const cursor = await tx.maybeOne<{ ts: string }>(sql`
    SELECT ts FROM journal_entries WHERE id = ${checkpoint.journal_cursor}`);
  const since = sql.fragment`
    FROM journal_entries WHERE mission_id = ${checkpoint.mission_id}
      AND ts > ${cursor?.ts ?? checkpoint.created_at}::timestamptz
      AND entry_type <> ALL (${sql.array(Object.keys(checkpointEntries), 'text')})`;
  const { total } = await tx.one<{ total: number }>(sql`SELECT count(*) AS total ${since}`);
  const entries = await tx.any<{ id: string; entry_type: string }>(sql`
    SELECT id, entry_type ${since} ORDER BY ts, id ${sql.limit(MAX_DIVERGENCE_NAMED)}`);
  journalCheckpoint(
    tx,
    {
      id: checkpoint.mission_id,
      workspace_id: checkpoint.workspace_id,
      crew_id: checkpoint.crew_id,
      trace_id: `mission-${checkpoint.mission_id}`,
    },
    {
      actor,
      summary: 'checkpoint restored, as advice',
      says: {
        type: 'checkpoint.restored',
        payload: {
          checkpoint_id: checkpoint.id,
          mission_id: checkpoint.mission_id,
          journal_cursor: checkpoint.journal_cursor,
          divergence_count: total,
        },
      },
    },
  );
  return { checkpoint, divergence: entries.map(divergenceLine), divergenceCount: total };
}

/**
 * Deletes a checkpoint; those forked from it no longer name it, and the missions they are of stay. Throws `not_found`.
 */
export async function deleteCheckpoint(tx: Tx, checkpointId: string, actor: Actor): Promise<void> {
  const gone = await tx.maybeOne<{ mission_id: string; workspace_id: string; crew_id: string | null }>(sql`
    DELETE FROM checkpoints WHERE id = ${checkpointId} RETURNING mission_id, workspace_id, crew_id`);
  if (gone === null) throw notFound('checkpoint');
  tx.journal({
    ...auditEntry('deleted', {
      actor,
      workspaceId: gone.workspace_id,
      crewId: gone.crew_id,
      targetType: 'checkpoint',
      targetId: checkpointId,
      label: checkpointId,
    }),
    missionId: gone.mission_id,
  });
}

/** An entry about a checkpoint, in its mission's journal. */
export function journalCheckpoint(
  tx: Tx,
  mission: { readonly id: string; readonly workspace_id: string; readonly crew_id: string | null; trace_id: string },
  entry: {
    readonly entryId?: string;
    readonly severity?: 'notice';
    readonly actor: Actor;
    readonly summary: string;
    readonly says: EntryParts<keyof typeof checkpointEntries>;
  },
): void {
  tx.journal({
    ...(entry.entryId === undefined ? {} : { id: entry.entryId }),
    severity: entry.severity ?? 'info',
    actor: entry.actor,
    workspaceId: mission.workspace_id,
    crewId: mission.crew_id,
    missionId: mission.id,
    targetType: 'checkpoint',
    targetId: entry.says.payload.checkpoint_id,
    summary: entry.summary,
    ...entry.says,
    traceId: mission.trace_id,
  });
}
