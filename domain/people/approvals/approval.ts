import type { JsonObject } from '../../kernel/json/json-value.ts';

/** Whose decision an approval is. */
export type RequiredAuthority = 'create' | 'manage' | 'operator';

export const APPROVAL_STATUSES = ['pending', 'approved', 'denied', 'timeout', 'cancelled'] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** A decision that people are asked for, or have made. */
export interface Approval {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly requested_by: string | null;
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly reason: string;
  readonly payload: JsonObject;
  readonly status: ApprovalStatus;
  readonly required_authority: RequiredAuthority;
  readonly four_eyes: boolean;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision_comment: string | null;
  readonly deadline_at: string | null;
  readonly created_at: string;
}

/** What a person decided. */
export interface Decision {
  readonly verdict: 'approved' | 'denied';
  readonly comment: string | null;
  /** A person. */
  readonly decidedBy: string | null;
}
