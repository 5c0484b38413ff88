import { type Fragment, sql } from '../../../db/kernel/sql.ts';

/** Column values of a mission that begins a new generation: with a plan of its lead, from the first try, or without. */
export function planAnew(isWanted: boolean): Fragment {
  return sql.fragment`planning_iteration = ${isWanted ? 1 : null}, planning_run_id = NULL, plan_problems = NULL,
    planning_failure = NULL`;
}
