import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** What every entry of a decision says. A person's comment stays in the row. */
export type ApprovalFacts = { readonly approval_id: string; readonly kind: string } & (
  | { readonly task_id: string }
  | { readonly subject_type: string; readonly subject_id: string }
);

/** What the request says of its reason: the gate of a task's result, or of what an agent made by itself. */
export type ApprovalReason =
  | { readonly rule: string; readonly confidence: number | null }
  | { readonly policy_action: string; readonly autonomy_level: string };

export const approvalEntries = {
  'approval.requested': entryKind<ApprovalFacts & ApprovalReason>(),
  'approval.granted': entryKind<ApprovalFacts>(),
  'approval.denied': entryKind<ApprovalFacts>(),
  'approval.cancelled': entryKind<ApprovalFacts>(),
  /** Of a deadline, which no decision has today. */
  'approval.timeout': entryKind<ApprovalFacts>(),
};
