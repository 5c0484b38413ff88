import type { Logger } from '../../../platform/logging/logger.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

const BATCH = 1_000;

/** How far a workspace's stream reaches now. */
export interface StreamPosition {
  readonly workspaceId: string;
  readonly position: number;
}

/**
 * Gives committed entries their positions: gap-free and in one order per stream, which the order of commits is not.
 * The row lock on the lease makes one sequencer of all processes, so whoever sees a position sees all before it.
 * Returns how many entries got one, and the workspaces' streams that grew.
 */
export async function sequenceJournal(db: Database): Promise<{ sequenced: number; grown: readonly StreamPosition[] }> {
  return db.systemTransaction({}, async (tx) => {
    await tx.execute(sql`SELECT 1 FROM leases WHERE name = 'journal-sequencer' FOR UPDATE`);
    const grown = await tx.any<{ workspaceId: string | null; position: number; sequenced: number }>(sql`
      WITH batch AS MATERIALIZED (
        DELETE FROM journal_unsequenced
          WHERE seq IN (SELECT seq FROM journal_unsequenced ORDER BY seq ${sql.limit(BATCH)})
        RETURNING seq, stream, workspace_id, entry_id, entry_ts
      ), grown AS (
        INSERT INTO journal_streams AS s (stream, workspace_id, last_position)
        SELECT stream, min(workspace_id), count(*) FROM batch GROUP BY stream
        ON CONFLICT (stream) DO UPDATE SET last_position = s.last_position + excluded.last_position
        RETURNING stream, workspace_id, last_position
      ), placed AS (
      INSERT INTO journal_positions (stream, position, workspace_id, entry_id, entry_ts)
      SELECT b.stream,
        g.last_position - count(*) OVER (PARTITION BY b.stream)
          + row_number() OVER (PARTITION BY b.stream ORDER BY b.seq),
        b.workspace_id, b.entry_id, b.entry_ts
      FROM batch b JOIN grown g ON g.stream = b.stream
      )
      SELECT g.workspace_id AS "workspaceId", g.last_position AS position,
        (SELECT count(*) FROM batch b WHERE b.stream = g.stream) AS sequenced
      FROM grown g`);
    return {
      sequenced: grown.reduce((sum, stream) => sum + stream.sequenced, 0),
      grown: grown.flatMap(({ workspaceId, position }) => (workspaceId === null ? [] : [{ workspaceId, position }])),
    };
  });
}

export interface Sequencer {
  nudge(): void;
  start(): void;
  stop(): Promise<void>;
}

const GATHER_MS = 20;
/** At most ten runs a second: under load each gives positions to many entries instead of one. */
const INTERVAL_MS = 100;
const SWEEP_INTERVAL_MS = 5_000;

/**
 * Runs the sequencer after commits of this process, gathering those of a few milliseconds (more when there are many),
 * and at a constant rate for what dead processes left.
 */
export function createSequencer(deps: {
  db: Database;
  log: Pick<Logger, 'warn'>;
  /** Called after each commit with the streams that grew. What it announces may get lost: readers also look. */
  announce: (grown: readonly StreamPosition[]) => void;
}): Sequencer {
  let due: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let lastRunAtMs = Number.NEGATIVE_INFINITY;
  let sweep: NodeJS.Timeout | undefined;
  let stopped = false;

  async function run(): Promise<void> {
    try {
      let sequenced: number;
      do {
        const batch = await sequenceJournal(deps.db);
        sequenced = batch.sequenced;
        deps.announce(batch.grown);
      } while (sequenced === BATCH);
    } catch (error) {
      deps.log.warn({ err: error }, 'journal entries keep waiting for positions');
    }
  }

  function nudge(): void {
    if (stopped || due !== undefined) return;
    due = setTimeout(
      () => {
        running = running.then(() => {
          due = undefined;
          lastRunAtMs = performance.now();
          return run();
        });
      },
      Math.max(GATHER_MS, lastRunAtMs + INTERVAL_MS - performance.now()),
    );
  }

  return {
    nudge,
    start() {
      sweep = setInterval(nudge, SWEEP_INTERVAL_MS);
      nudge();
    },
    async stop() {
      stopped = true;
      clearInterval(sweep);
      clearTimeout(due);
      await running;
    },
  };
}
