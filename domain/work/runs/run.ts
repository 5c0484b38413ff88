import type { JsonObject } from '../../kernel/json/json-value.ts';

/** What the API shows; runs that still wait for a place are not public yet. */
export const PUBLIC_RUN_STATUSES = ['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'] as const;

export const RUN_TRIGGERS = ['USER', 'MISSION', 'ASSIGNMENT', 'QUERY', 'WEBHOOK', 'CRON', 'CHAT', 'JOB'] as const;

/** `planning`: the lead makes the tasks of a mission that was started without any. */
export const RUN_PURPOSES = ['work', 'planning'] as const;
export type RunPurpose = (typeof RUN_PURPOSES)[number];

/** One attempt of an agent, as the public API shows it (docs/contracts/missions.md, Runs). */
export interface Run {
  readonly id: string;
  readonly workspace_id: string;
  readonly agent_id: string | null;
  readonly agent_name: string | null;
  readonly agent_slug: string | null;
  readonly crew_id: string | null;
  readonly crew_name: string | null;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly chat_id: string | null;
  readonly triggered_by: string | null;
  readonly trigger_type: (typeof RUN_TRIGGERS)[number];
  readonly purpose: RunPurpose;
  readonly status: (typeof PUBLIC_RUN_STATUSES)[number];
  readonly iteration: number;
  readonly attempt_no: number;
  readonly predecessor_id: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly exit_code: number | null;
  readonly model: string | null;
  readonly token_count: number;
  /** US dollars, six decimals. */
  readonly cost_usd: string;
  /** What its directory takes on its host; null: not measured yet, or trimmed. */
  readonly disk_bytes: number | null;
  /** Which configuration it was started with, by its kind. */
  readonly config_versions: Readonly<Record<string, { readonly key: string; readonly version: number }>>;
  readonly metadata: JsonObject;
  readonly created_at: string;
}

/** A run as its task shows it; one that goes on elsewhere says more of itself. */
export interface TaskRun extends Run {
  /** Of an agent that Crewship does not know. */
  readonly agent_label: string | null;
  readonly external_ref: string | null;
  /** Percent. */
  readonly progress: number | null;
  readonly output_summary: string | null;
}

export interface RunStats {
  readonly running: number;
  /** Started since midnight UTC. */
  readonly today: number;
  /** Failed or timed out since midnight UTC. */
  readonly failed: number;
}
