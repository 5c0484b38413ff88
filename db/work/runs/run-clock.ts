import { sql } from '../../kernel/sql.ts';

/**
 * When the time of the run `r` is up: its clock stands while it waits for somebody's answer, until the call that it
 * waits in ends.
 */
export const runDeadline = sql.fragment`(r.deadline_at
  + coalesce(greatest(least(clock_timestamp(), r.waiting_until) - r.waiting_since, interval '0'), interval '0'))`;

/** Milliseconds until then; its whole time when it has not started. */
export const runTimeLeftMs = sql.fragment`
  coalesce(ceil(extract(epoch FROM ${runDeadline} - clock_timestamp()) * 1000)::bigint, r.timeout_ms)`;
