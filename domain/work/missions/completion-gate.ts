import type { EscalationConfig } from '../../crews/crews/crew.ts';

export interface FinishedWork {
  /** What the agent says of its own result, 0 to 1; null when it says nothing. */
  readonly confidence: number | null;
  /** The task asks for a person whatever the confidence, unless it is high enough to be approved by itself. */
  readonly approvalRequired: boolean;
  /** The crew's thresholds; null when it has none. One that is absent rules nothing. */
  readonly thresholds: EscalationConfig | null;
}

export type GateDecision =
  /** `lowConfidence`: done, and people should be told. */
  | { readonly status: 'COMPLETED'; readonly lowConfidence: boolean }
  | { readonly status: 'AWAITING_APPROVAL'; readonly reason: 'approval_required' | 'low_confidence' };

/** Whether finished work is done or waits for a person (in the order of docs/contracts/missions.md, Task results). */
export function passCompletionGate({ confidence, approvalRequired, thresholds }: FinishedWork): GateDecision {
  if (confidence !== null && confidence >= (thresholds?.auto_approve_threshold ?? Number.POSITIVE_INFINITY)) {
    return { status: 'COMPLETED', lowConfidence: false };
  }
  if (approvalRequired) return { status: 'AWAITING_APPROVAL', reason: 'approval_required' };
  if (thresholds === null || confidence === null) return { status: 'COMPLETED', lowConfidence: false };
  if (confidence < (thresholds.require_approval_below ?? 0)) {
    return { status: 'AWAITING_APPROVAL', reason: 'low_confidence' };
  }
  return { status: 'COMPLETED', lowConfidence: confidence < (thresholds.notify_threshold ?? 0) };
}
