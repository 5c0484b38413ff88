import type pg from 'pg';
import type { StartedMission } from './drive-missions.ts';
import type { AgentLine } from './read-lines.ts';

export interface AttemptRow {
  readonly id: string;
  readonly mission_id: string;
  readonly task_id: string;
  readonly status: string;
  readonly iteration: number;
  readonly attempt_no: number;
  readonly predecessor_id: string | null;
  readonly error_code: string | null;
  readonly output_offset: number;
  readonly output: string;
  readonly output_gapless: boolean;
}

/** Every attempt, a task's in their order, with what it wrote. */
export async function readAttempts(owner: pg.Client): Promise<readonly AttemptRow[]> {
  const { rows } = await owner.query<AttemptRow>(`
    SELECT r.id, r.mission_id, r.task_id, r.status, r.iteration, r.attempt_no, r.predecessor_id, r.error_code,
      r.output_offset::float8 AS output_offset, coalesce(e.output, '') AS output,
      coalesce(e.gapless AND e.length = r.output_offset, r.output_offset = 0) AS output_gapless
    FROM runs r LEFT JOIN LATERAL (
      SELECT string_agg(p.content, '' ORDER BY p.output_offset) AS output, sum(p.length_bytes) AS length,
        bool_and(p.output_offset = p.before) AS gapless
      FROM (
        SELECT content, output_offset, length_bytes,
          coalesce(sum(length_bytes) OVER (ORDER BY output_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
            AS before
        FROM run_events WHERE run_id = r.id
      ) p
    ) e ON true
    ORDER BY r.task_id, r.created_at, r.generation, r.iteration, r.attempt_no`);
  return rows;
}

interface MissionRow {
  readonly id: string;
  readonly status: string;
  readonly tasks: readonly { readonly id: string; readonly status: string }[];
}

/** Missions and tasks are there once each and ended as their agents made them end. */
export async function checkOutcomes(owner: pg.Client, missions: readonly StartedMission[]): Promise<string[]> {
  const { rows } = await owner.query<MissionRow>(`
    SELECT m.id, m.status, coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'status', t.status))
      FILTER (WHERE t.id IS NOT NULL), '[]') AS tasks
    FROM missions m LEFT JOIN tasks t ON t.mission_id = m.id GROUP BY m.id`);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const found: string[] = [];
  if (rows.length !== missions.length) found.push(`${rows.length} missions, ${missions.length} were created`);
  for (const { spec, id, taskIds } of missions) {
    const row = byId.get(id);
    if (row?.status !== spec.expectedStatus) {
      found.push(`mission ${id} (${spec.title}) is ${row?.status}, not ${spec.expectedStatus}`);
    }
    const statuses = new Map(row?.tasks.map((task) => [task.id, task.status]));
    if (statuses.size !== taskIds.length) found.push(`mission ${id} has ${statuses.size} tasks, not ${taskIds.length}`);
    for (const [place, taskId] of taskIds.entries()) {
      const { expected, behaviour } = spec.tasks[place]!;
      const status = statuses.get(taskId);
      if (status !== expected.status) {
        found.push(
          `task ${taskId} (${spec.title} ${place + 1}, ${behaviour.kind}) is ${status}, not ${expected.status}`,
        );
      }
    }
  }
  return found;
}

/** Each attempt names the one before it, and no task ran more often than its agent made it. */
export function checkAttempts(missions: readonly StartedMission[], attempts: readonly AttemptRow[]): string[] {
  const byTask = Map.groupBy(attempts, (attempt) => attempt.task_id);
  const found: string[] = [];
  for (const { spec, taskIds } of missions) {
    for (const [place, taskId] of taskIds.entries()) {
      const { expected, behaviour } = spec.tasks[place]!;
      const runs = byTask.get(taskId) ?? [];
      const story = runs.map((run) => `${run.status} ${run.error_code ?? ''} ${run.iteration}.${run.attempt_no}`);
      const lost = runs.filter((run) => run.error_code === 'lost').length;
      if (runs.length !== expected.attempts || lost !== expected.lost) {
        found.push(
          `task ${taskId} (${behaviour.kind}) has ${runs.length} attempts with ${lost} lost, ` +
            `not ${expected.attempts} with ${expected.lost}: ${story.join(', ')}`,
        );
      }
      for (const [index, run] of runs.entries()) {
        const before = index === 0 ? null : runs[index - 1]!.id;
        if (run.predecessor_id !== before) {
          found.push(
            `attempt ${run.id} of task ${taskId} names ${run.predecessor_id} as its predecessor, not ${before}`,
          );
        }
      }
    }
  }
  return found;
}

/** Every line is of exactly one attempt, and every attempt that ran has its lines, from one process. */
export function checkLines(attempts: readonly AttemptRow[], lines: readonly AgentLine[]): string[] {
  const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const found: string[] = [];
  for (const line of lines) {
    const attempt = byId.get(line.run);
    if (attempt === undefined) found.push(`a line of attempt ${line.run}, which has no row`);
    else if (
      attempt.task_id !== line.task ||
      attempt.mission_id !== line.mission ||
      attempt.iteration !== line.iteration ||
      attempt.attempt_no !== line.attempt
    ) {
      found.push(`a line of attempt ${line.run} says ${JSON.stringify(line)}, its row ${JSON.stringify(attempt)}`);
    }
  }
  const byRun = Map.groupBy(lines, (line) => line.run);
  for (const attempt of attempts) {
    const own = byRun.get(attempt.id) ?? [];
    const events = own.map((line) => line.event).join(' ');
    const wanted = attempt.error_code === 'lost' ? 'start' : 'start end';
    const says = `attempt ${attempt.id} (${attempt.status} ${attempt.error_code ?? ''})`;
    if (events !== wanted) found.push(`${says} has the lines "${events}", not "${wanted}"`);
    if (new Set(own.map((line) => line.process)).size > 1) found.push(`${says} ran in more than one process`);
    if (!attempt.output_gapless) found.push(`${says}: its stored output has a gap or an overlap`);
    const output = attempt.output.split('\n').filter((text) => /^(start|end) /.test(text));
    const wantedOutput = wanted.split(' ').map((event) => `${event} ${attempt.id}`);
    if (output.join() !== wantedOutput.join()) {
      found.push(`${says}: its stored output is ${JSON.stringify(attempt.output)}`);
    }
  }
  return found;
}

/** Nothing is held, waits or is owed once all missions are settled. */
export async function checkNothingLeft(owner: pg.Client): Promise<string[]> {
  const { rows } = await owner.query<{ what: string; count: number }>(`
    SELECT 'slots leased' AS what, count(*)::int AS count FROM slot_leases
    UNION ALL SELECT 'slots counted', coalesce(sum(in_use), 0)::int FROM slot_scopes
    UNION ALL SELECT 'runs open', count(*)::int FROM runs WHERE status IN ('QUEUED', 'ADMITTED', 'RUNNING')
    UNION ALL SELECT 'escalations pending', count(*)::int FROM escalations WHERE status = 'PENDING'
    UNION ALL SELECT 'agents running', count(*)::int FROM agents WHERE status = 'RUNNING'
    UNION ALL SELECT 'commands parked', count(*)::int FROM outbox WHERE parked_at IS NOT NULL
    UNION ALL SELECT 'crews not running', count(*)::int FROM crews WHERE container_status <> 'running'`);
  return rows.flatMap(({ what, count }) => (count === 0 ? [] : [`${count} ${what}`]));
}
