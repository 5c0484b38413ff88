import type { JsonObject } from '../../kernel/json/json-value.ts';

/** Whose decision an approval is. */
export type RequiredAuthority = 'create' | 'manage' | 'operator';

export const APPROVAL_STATUSES = ['pending', 'approved', 'denied', 'timeout', 'cancelled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** How the agent that asks goes on: at once, at once while people are asked, or when they have decided. */
export const GATE_MODES = ['none', 'async', 'sync'] as const;
export type GateMode = (typeof GATE_MODES)[number];

/** Why an approval ended as its status says, where that leaves a question. */
export const APPROVAL_OUTCOMES = [
  'changes_requested',
  'autonomy',
  'trust_grant',
  'no_second_approver',
  'run_over',
] as const;
export type ApprovalOutcome = (typeof APPROVAL_OUTCOMES)[number];

/** How long people have where the agent does not say, and the least and most that it may say. */
export const DEFAULT_APPROVAL_SECONDS = 3_600;
export const LEAST_APPROVAL_SECONDS = 10;
export const LONGEST_APPROVAL_SECONDS = 7 * 86_400;
/** How long one call waits for the decision; its agent asks again. */
export const APPROVAL_POLL_SECONDS = 300;

/** A decision that people are asked for, or have made. */
export interface Approval {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly run_id: string | null;
  readonly requested_by: string | null;
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly reason: string;
  readonly payload: JsonObject;
  readonly status: ApprovalStatus;
  readonly outcome: ApprovalOutcome | null;
  readonly gate_mode: GateMode;
  readonly required_authority: RequiredAuthority;
  readonly four_eyes: boolean;
  /** The person that the asking run works for. */
  readonly acts_for_user_id: string | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision_comment: string | null;
  /** What the decider changed of the payload. */
  readonly edits: JsonObject | null;
  readonly self_approved: boolean;
  /** When its agent had the decision. */
  readonly consumed_at: string | null;
  readonly deadline_at: string | null;
  readonly created_at: string;
}

/** What a person decided. */
export interface Decision {
  readonly verdict: 'approved' | 'denied';
  readonly comment: string | null;
  /** A person. */
  readonly decidedBy: string | null;
  /** Members of the payload as they are allowed; null: as they were asked for. */
  readonly edits?: JsonObject | null;
  readonly outcome?: 'changes_requested' | null;
  /** By the OWNER, whose own run asks, as nobody else could. */
  readonly selfApproved?: boolean;
}
