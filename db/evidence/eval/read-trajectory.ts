import { TRAJECTORY_TYPES, type TrajectoryEntry } from '../../../domain/evidence/eval/trajectory.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

interface Place {
  readonly ts: string;
  readonly position: number;
}

/** What of a mission's journal is one trajectory: from a place, which belongs to it, up to one that does not. */
export interface TrajectoryRange {
  readonly missionId: string;
  /** The mission's at its end. */
  readonly generation: number;
  /** Null: from the mission's beginning. */
  readonly from: Place | null;
  /** Null: nothing of another one has followed. */
  readonly until: Place | null;
}

/** An entry of the mission has no place in its stream yet; it has one within seconds. */
class JournalNotPlaced extends Error {}

interface Part {
  readonly generation: number;
  readonly fromTs: string;
  readonly fromPosition: number;
  readonly untilTs: string | null;
  readonly untilPosition: number | null;
  readonly isFirst: boolean;
  readonly isPlaced: boolean;
}

/**
 * The newest part of a mission that has ended, or the one that this generation is in; null: there is none, or it has
 * not ended. A part begins when a mission that was settled is taken up again, and ends when it is settled; its journal
 * has the repairs and restarts in between.
 */
export async function findTrajectory(
  reads: ReadPool,
  workspaceId: string,
  { missionId, generation }: { readonly missionId: string; readonly generation: number | null },
): Promise<TrajectoryRange | null> {
  const part = await reads.maybeOne<Part>(
    [workspaceId],
    sql`
      WITH changes AS (
        SELECT e.ts, p.position,
          CASE WHEN e.payload->>'generation' ~ '^[0-9]{1,9}$' THEN (e.payload->>'generation')::integer ELSE 0 END
            AS generation,
          lower(e.payload->>'from') IN ('review', 'completed', 'failed', 'cancelled') AS was_settled,
          lower(coalesce(e.payload->>'to', e.payload->>'to_status', e.payload->>'status')) AS "to"
        FROM journal_entries e
        LEFT JOIN LATERAL (SELECT position FROM journal_positions jp WHERE jp.entry_id = e.id LIMIT 1) p ON true
        WHERE e.workspace_id = ${workspaceId} AND e.mission_id = ${missionId}
          AND e.entry_type = 'mission.status_change'
      ), numbered AS (
        SELECT *, count(*) FILTER (WHERE was_settled AND "to" IN ('planning', 'in_progress', 'running'))
          OVER (ORDER BY ts, position) AS part
        FROM changes
      ), parts AS (
        SELECT part, max(generation) AS generation, min(generation) AS lowest, min(ts) AS ts,
          (array_agg(position ORDER BY ts, position))[1] AS position, bool_and(position IS NOT NULL) AS is_placed,
          bool_or("to" IN ('review', 'completed', 'failed', 'cancelled')) AS has_ended
        FROM numbered GROUP BY part
      ), ranges AS (
        SELECT *, lead(ts) OVER (ORDER BY part) AS until_ts, lead(position) OVER (ORDER BY part) AS until_position
        FROM parts
      )
      SELECT generation, ts AS "fromTs", position AS "fromPosition", until_ts AS "untilTs",
        until_position AS "untilPosition", part = 0 AS "isFirst", is_placed AS "isPlaced"
      FROM ranges
      WHERE has_ended AND ${generation}::integer IS NULL OR has_ended AND ${generation} BETWEEN lowest AND generation
      ORDER BY part DESC LIMIT 1`,
  );
  if (part === null) return null;
  if (!part.isPlaced) throw new JournalNotPlaced(`the journal of mission ${missionId} is still being placed`);
  return {
    missionId,
    generation: part.generation,
    from: part.isFirst ? null : { ts: part.fromTs, position: part.fromPosition },
    until: part.untilTs === null ? null : { ts: part.untilTs, position: part.untilPosition! },
  };
}

const PAGE = 1_000;
const BEGINNING: Place = { ts: '1970-01-01T00:00:00.000Z', position: 0 };
const exact = TRAJECTORY_TYPES.filter((type) => !type.endsWith('.'));
const families = TRAJECTORY_TYPES.filter((type) => type.endsWith('.')).map((type) => `${type}%`);

type Row = TrajectoryEntry & { readonly position: number | null };

/**
 * The entries of a trajectory in their order, a page at a time. Of a payload only what is measured is read: crews write
 * some of them, as large as they like.
 */
export async function* readTrajectory(
  reads: ReadPool,
  workspaceId: string,
  range: TrajectoryRange,
): AsyncGenerator<readonly TrajectoryEntry[]> {
  // What begins a part belongs to it.
  let after = range.from === null ? BEGINNING : { ...range.from, position: range.from.position - 1 };
  const until =
    range.until === null
      ? sql.fragment`true`
      : sql.fragment`(e.ts < ${range.until.ts}::timestamptz
          OR e.ts = ${range.until.ts}::timestamptz AND p.position < ${range.until.position})`;
  for (;;) {
    const rows = await reads.any<Row>(
      [workspaceId],
      // Positions are looked up one by one: the order of the index and the limit end the search.
      sql`
        SELECT e.id, e.ts, e.entry_type AS type, p.position, left(CASE e.entry_type
            WHEN 'llm.call' THEN coalesce(e.payload->>'model', e.payload->>'provider')
            WHEN 'keeper.decision' THEN e.payload->>'decision'
            ELSE coalesce(e.payload->>'command', e.payload->>'tool', e.payload->>'name') END, 200) AS tool,
          left(e.payload->>'sha256', 64) AS sha256, left(e.payload->>'exit_code', 20) AS "exitCode",
          left(e.payload->>'is_error', 20) AS "isError",
          left(coalesce(e.payload->>'elapsed_ms', e.payload->>'duration_ms'), 40) AS "durationMs",
          left(e.payload->>'cost_usd', 40) AS "costUsd", left(e.payload->>'input_tokens', 40) AS "inputTokens",
          left(e.payload->>'output_tokens', 40) AS "outputTokens", left(CASE e.entry_type
            WHEN 'peer.escalation' THEN e.payload->>'state'
            ELSE coalesce(e.payload->>'to', e.payload->>'to_status', e.payload->>'status') END, 40) AS "to"
        FROM journal_entries e
        LEFT JOIN LATERAL (SELECT position FROM journal_positions jp WHERE jp.entry_id = e.id LIMIT 1) p ON true
        WHERE e.workspace_id = ${workspaceId} AND e.mission_id = ${range.missionId}
          AND (e.entry_type = ANY (${sql.array(exact, 'text')})
            OR e.entry_type LIKE ANY (${sql.array(families, 'text')}))
          -- What a crew says of itself over the internal API is no fact to be measured by.
          AND NOT ((e.entry_type LIKE 'exec.%' OR e.entry_type LIKE 'guardrail.%')
            AND e.auth_method IS NOT DISTINCT FROM 'internal')
          -- What a tool says of a call that the ledger counts.
          AND NOT (e.entry_type = 'llm.call' AND coalesce(e.payload->>'source', '') = 'agent_output')
          AND e.ts >= ${after.ts}::timestamptz
          AND (e.ts > ${after.ts}::timestamptz OR p.position IS NULL OR p.position > ${after.position}) AND ${until}
        ORDER BY e.ts, p.position ${sql.limit(PAGE)}`,
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    if (rows.some(({ position }) => position === null)) {
      throw new JournalNotPlaced(`the journal of mission ${range.missionId} is still being placed`);
    }
    yield rows;
    if (rows.length < PAGE) return;
    after = { ts: last.ts, position: last.position! };
  }
}
