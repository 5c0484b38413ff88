import type { RunPurpose } from '../../../domain/work/runs/run.ts';
import type { RunStatus } from '../../../domain/work/runs/run-status.ts';
import { sql } from '../../kernel/sql.ts';

/** What commands on a run need to know of it. */
export interface RunRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly agent_id: string | null;
  readonly crew_id: string | null;
  readonly host_id: string | null;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  /** Of a managed task. */
  readonly project_id: string | null;
  readonly chat_id: string | null;
  /** The job that it does: a turn of a chat, a task's agent at work. */
  readonly job_id: string | null;
  readonly trigger_type: string;
  readonly purpose: RunPurpose;
  readonly status: RunStatus;
  readonly generation: number;
  readonly iteration: number;
  readonly attempt_no: number;
  readonly predecessor_id: string | null;
  readonly crew_generation: number | null;
  readonly container_id: string | null;
  readonly exec_id: string | null;
  readonly output_offset: number;
  readonly timeout_ms: number;
  readonly deadline_at: string | null;
  readonly cancel_requested_at: string | null;
  /** Running: to be ended and run once more. Admitted: what was read for its start is old. */
  readonly restart_requested_at: string | null;
  readonly error_code: string | null;
}

export const runColumns = sql.fragment`
  id, workspace_id, agent_id, crew_id, host_id, mission_id, task_id, project_id, chat_id, job_id, trigger_type, purpose,
  status, generation, iteration, attempt_no, predecessor_id, crew_generation, container_id, exec_id, output_offset,
  timeout_ms, deadline_at, cancel_requested_at, restart_requested_at, error_code`;
