import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { ApprovalOutcome, GateMode } from './approval.ts';

/** What every entry of a decision says. A person's comment stays in the row. */
export type ApprovalFacts = { readonly approval_id: string; readonly kind: string } & (
  | { readonly task_id: string }
  | { readonly subject_type: string; readonly subject_id: string }
);

/** What the request says of its reason: the gate of a task’s result, or of what an agent made by itself. */
export type ApprovalReason =
  | { readonly rule: string; readonly confidence: number | null }
  | { readonly policy_action: string; readonly autonomy_level: string }
  | { readonly gate_mode: GateMode; readonly autonomy_level: string; readonly run_id: string | null };

/** How it ended, where the type of the entry does not say it; `edited` names members and no values. */
export type ApprovalEnd = {
  readonly outcome?: ApprovalOutcome;
  readonly edited?: readonly string[];
  readonly self_approved?: true;
  /** The standing permission that it was a use of. */
  readonly grant_id?: string;
};

type TrustFacts = {
  readonly grant_id: string;
  readonly kind: string;
  readonly tool: string | null;
  readonly used: number;
  readonly max_uses: number;
  readonly max_cost_usd: string | null;
  readonly expires_at: string;
};

export const approvalEntries = {
  'approval.requested': entryKind<ApprovalFacts & ApprovalReason>(),
  'approval.granted': entryKind<ApprovalFacts & ApprovalEnd>(),
  'approval.denied': entryKind<ApprovalFacts & ApprovalEnd>(),
  'approval.trust_granted': entryKind<TrustFacts>(),
  'approval.trust_revoked': entryKind<TrustFacts>(),
  'approval.cancelled': entryKind<ApprovalFacts>(),
  'approval.timeout': entryKind<ApprovalFacts>(),
  /** Its agent has the decision: nobody else gets it. */
  'approval.consumed': entryKind<ApprovalFacts & { readonly run_id: string | null; readonly decision: string }>(),
};
