import type { AnswerDelivery } from './answer-delivery.ts';
import type { JsonObject } from '../../kernel/json/json-value.ts';

export const ESCALATION_STATUSES = ['PENDING', 'RESOLVED', 'EXPIRED', 'CANCELLED'] as const;
export type EscalationStatus = (typeof ESCALATION_STATUSES)[number];
export const ESCALATION_ACTIONS = ['approve', 'reject', 'redirect'] as const;
export type EscalationAction = (typeof ESCALATION_ACTIONS)[number];
export const ESCALATION_TYPES = ['TEXT', 'CREDENTIAL', 'LINK'] as const;
export type EscalationType = (typeof ESCALATION_TYPES)[number];

/** How long an agent waits for its answer. The row stays answerable after it. */
export const AGENT_WAIT_SECONDS = 300;
/** How long people may take. */
export const ANSWER_DAYS = 7;

/** An escalation as the public API lists it (docs/contracts/escalations-and-approvals.md, Escalations). */
export interface Escalation {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly run_id: string | null;
  readonly chat_id: string | null;
  /** What a CREDENTIAL escalation proposes or asks for. */
  readonly credential_id: string | null;
  readonly type: EscalationType;
  readonly from_name: string;
  readonly from_slug: string;
  readonly reason: string;
  readonly context: string | null;
  readonly metadata: JsonObject | null;
  readonly status: EscalationStatus;
  readonly resolution: string | null;
  readonly action: EscalationAction | null;
  readonly redirect_to: string | null;
  readonly cancel_reason: string | null;
  readonly resolved_by: string | null;
  readonly resolved_at: string | null;
  /** When the agent stops waiting. */
  readonly deadline_at: string;
  /** Until when people may answer. */
  readonly answer_deadline_at: string;
  readonly agent_gave_up_at: string | null;
  /** What the answer did; null while there is none. */
  readonly delivery: AnswerDelivery['kind'] | null;
  /** The attempt that a late answer belongs to. */
  readonly delivery_run_id: string | null;
  /** When that attempt had it. */
  readonly delivered_at: string | null;
  readonly acknowledged_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}
