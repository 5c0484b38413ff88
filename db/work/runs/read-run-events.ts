import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { PUBLIC_RUN_STATUSES } from '../../../domain/work/runs/run.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { type RunViewer, seesRun } from './list-runs.ts';

/** A piece of a run's output, scrubbed, as it was stored. */
export interface RunOutputEvent {
  /** Where it begins in what the run wrote, in bytes before scrubbing. */
  readonly offset: number;
  readonly text: string;
  /** Bytes of the text. */
  readonly length: number;
  readonly created_at: string;
}

/** How a run stands, seen together with its events: nothing is written to one that has ended. */
export interface RunState {
  readonly status: (typeof PUBLIC_RUN_STATUSES)[number];
  readonly exit_code: number | null;
  readonly error_code: string | null;
}

type Row = RunState & { readonly [Key in keyof RunOutputEvent]: RunOutputEvent[Key] | null };

/**
 * Events of a run after an offset, at most `limit`, in their order; `tail`: only those of the newest so many.
 * Throws `not_found` for a run that is missing, foreign or not public yet.
 */
export async function readRunEvents(
  reads: ReadPool,
  viewer: RunViewer,
  runId: string,
  range: { readonly after: number; readonly limit: number; readonly tail?: number | undefined },
): Promise<{ readonly run: RunState; readonly events: readonly RunOutputEvent[] }> {
  const tail =
    range.tail === undefined
      ? sql.fragment`0`
      : sql.fragment`coalesce((
          SELECT min(n.output_offset) FROM (
            SELECT output_offset FROM run_events WHERE workspace_id = r.workspace_id AND run_id = r.id
            ORDER BY output_offset DESC ${sql.limit(range.tail)}) n), 0)`;
  const rows = await reads.any<Row>(
    [viewer.workspaceId],
    sql`
      SELECT r.status, r.exit_code, r.error_code, e.output_offset AS "offset", e.content AS text,
        e.length_bytes AS length, e.created_at
      FROM runs r
      LEFT JOIN LATERAL (
        SELECT output_offset, content, length_bytes, created_at FROM run_events
        WHERE workspace_id = r.workspace_id AND run_id = r.id
          AND output_offset > ${range.after} AND output_offset >= ${tail}
        ORDER BY output_offset ${sql.limit(range.limit)}
      ) e ON true
      WHERE r.id = ${runId} AND r.workspace_id = ${viewer.workspaceId} AND r.status NOT IN ('QUEUED', 'ADMITTED')
        AND ${seesRun(viewer)}
      ORDER BY e.output_offset`,
  );
  const [first] = rows;
  if (first === undefined) throw notFound('run');
  const run = { status: first.status, exit_code: first.exit_code, error_code: first.error_code };
  const events = first.offset === null ? [] : rows.map(eventOf);
  return { run, events };
}

function eventOf({ offset, text, length, created_at: createdAt }: Row): RunOutputEvent {
  return { offset: offset!, text: text!, length: length!, created_at: createdAt! };
}

/** How many bytes of output are stored. Throws as {@link readRunEvents} does. */
export async function measureRunOutput(reads: ReadPool, viewer: RunViewer, runId: string): Promise<number> {
  const row = await reads.maybeOne<{ bytes: number }>(
    [viewer.workspaceId],
    sql`
      SELECT coalesce((
        SELECT sum(length_bytes) FROM run_events WHERE workspace_id = r.workspace_id AND run_id = r.id
      ), 0)::bigint AS bytes
      FROM runs r WHERE r.id = ${runId} AND r.workspace_id = ${viewer.workspaceId}
        AND r.status NOT IN ('QUEUED', 'ADMITTED') AND ${seesRun(viewer)}`,
  );
  if (row === null) throw notFound('run');
  return row.bytes;
}

const PAGE_EVENTS = 16;

/** The bytes of the stored output from `start` up to and without `end`, a piece at a time. */
export async function* readRunBytes(
  reads: ReadPool,
  viewer: RunViewer,
  runId: string,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<Buffer, void, undefined> {
  const first = await reads.maybeOne<{ output_offset: number; begins: number }>(
    [viewer.workspaceId],
    sql`
      SELECT output_offset, begins FROM (
        SELECT output_offset, length_bytes, (sum(length_bytes) OVER (ORDER BY output_offset) - length_bytes)::bigint
          AS begins
        FROM run_events WHERE workspace_id = ${viewer.workspaceId} AND run_id = ${runId}
      ) e WHERE begins + length_bytes > ${start} ORDER BY output_offset LIMIT 1`,
  );
  if (first === null) return;
  let after = first.output_offset - 1;
  let at = first.begins;
  while (at < end) {
    const { events } = await readRunEvents(reads, viewer, runId, { after, limit: PAGE_EVENTS });
    for (const { offset, text, length } of events) {
      if (at < end) yield Buffer.from(text).subarray(Math.max(0, start - at), end - at);
      at += length;
      after = offset;
    }
    if (events.length < PAGE_EVENTS) return;
  }
}
