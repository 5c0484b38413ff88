import { CrewshipError, unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { RunStatus } from '../../../domain/work/runs/run-status.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** The attempt that opens something, and how many of the kind it may open in all. */
export interface Opener {
  readonly runId: string;
  readonly limit: number;
}

const COUNTERS = {
  questions: sql.fragment`opened_questions`,
  requests: sql.fragment`opened_requests`,
  issues: sql.fragment`opened_issues`,
  missions: sql.fragment`opened_missions`,
  messages: sql.fragment`opened_messages`,
} as const;

/** Most that one attempt may open of each kind. */
export type OpeningLimits = Readonly<Record<keyof typeof COUNTERS, number>>;

/** Who opens: the attempt whose token the request carries; null: no attempt says that it does. */
export function openerOf(runId: string | null, limit: number): Opener | null {
  return runId === null ? null : { runId, limit };
}

/**
 * Counts what an attempt opens, with its row held until the commit: what has settled opens nothing any more, not even
 * by a request that was let in before. Throws `unauthenticated`, and `limit_reached` that names kind and limit.
 */
export async function countOpening(tx: Tx, kind: keyof typeof COUNTERS, by: Opener | null): Promise<void> {
  if (by === null) return;
  const counter = COUNTERS[kind];
  const counted = await tx.execute(sql`
    UPDATE runs SET ${counter} = ${counter} + 1
    WHERE id = ${by.runId} AND status IN ('ADMITTED', 'RUNNING') AND ${counter} < ${by.limit}`);
  if (counted > 0) return;
  const run = await tx.maybeOne<{ status: RunStatus }>(sql`SELECT status FROM runs WHERE id = ${by.runId}`);
  if (run?.status !== 'ADMITTED' && run?.status !== 'RUNNING') throw runIsOver();
  throw new CrewshipError('limit_reached', `a run opens at most ${by.limit} ${kind}`, {
    extensions: { kind, limit: by.limit },
  });
}

/** A run's token ends with its run. */
export function runIsOver(): CrewshipError {
  return unauthenticated('invalid_token', 'the run that X-Run-Token names is over');
}
