import { z } from 'zod';
import { editableMembers } from '../../../domain/people/approvals/action-kinds.ts';
import {
  APPROVAL_OUTCOMES,
  APPROVAL_STATUSES,
  type Approval,
  GATE_MODES,
} from '../../../domain/people/approvals/approval.ts';
import { clearableField, idField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const approvalParams = z.object({ approvalId: idField });
export const approvalsQuery = z.object({
  workspace_id: idField.optional(),
  status: z.enum([...APPROVAL_STATUSES, 'all']).default('pending'),
  ...pageQuery({ defaultLimit: 50, maxLimit: 200 }),
});

/** Members are written like this in this family alone: docs/contracts/escalations-and-approvals.md, Approvals. */
export const approvalAnswer = z.object({
  ID: z.string(),
  WorkspaceID: z.string(),
  CrewID: z.string().nullable(),
  AgentID: z.string().nullable(),
  MissionID: z.string().nullable(),
  RunID: z.string().nullable(),
  RequestedBy: z.string().nullable(),
  Kind: z
    .string()
    .describe(
      'autonomy_gate: an agent made the subject; task_completion: its result waits; tool_call, cost_threshold, ' +
        'destructive_op, target_environment, custom: an agent asks to be allowed it; others may come',
    ),
  SubjectType: z.string(),
  SubjectID: z.string(),
  Reason: z.string(),
  Payload: z.record(z.string(), z.unknown()),
  Editable: z
    .record(z.string(), z.enum(['members', 'amount', 'text', 'any']))
    .describe('members of the payload that may be changed while approving, and what by'),
  Edits: z.record(z.string(), z.unknown()).nullable().describe('what was changed'),
  Status: z.enum(APPROVAL_STATUSES),
  Outcome: z.enum(APPROVAL_OUTCOMES).nullable().describe('why it ended so, where the status does not say it'),
  GateMode: z.enum(GATE_MODES).describe('how its agent goes on: sync waits'),
  RequiredAuthority: z.enum(['create', 'manage', 'operator']),
  FourEyes: z.boolean().describe('whoever the run works for does not approve it'),
  ActsFor: z.string().nullable().describe('the person that the run works for'),
  SelfApproved: z.boolean(),
  ConsumedAt: timeField.nullable().describe('when its agent had the decision'),
  DecidedBy: z.string().nullable(),
  DecidedAt: timeField.nullable(),
  DecisionComment: z.string().nullable(),
  TimeoutAt: timeField.nullable(),
  CreatedAt: timeField,
  TimeoutSecs: z.literal(0),
});

export function toApprovalAnswer(row: Approval): z.input<typeof approvalAnswer> {
  return {
    ID: row.id,
    WorkspaceID: row.workspace_id,
    CrewID: row.crew_id,
    AgentID: row.agent_id,
    MissionID: row.mission_id,
    RunID: row.run_id,
    RequestedBy: row.requested_by,
    Kind: row.kind,
    SubjectType: row.subject_type,
    SubjectID: row.subject_id,
    Reason: row.reason,
    Payload: row.payload as Record<string, unknown>,
    Editable: editableMembers(row.kind, row.payload),
    Edits: row.edits as Record<string, unknown> | null,
    Status: row.status,
    Outcome: row.outcome,
    GateMode: row.gate_mode,
    RequiredAuthority: row.required_authority,
    FourEyes: row.four_eyes,
    ActsFor: row.acts_for_user_id,
    SelfApproved: row.self_approved,
    ConsumedAt: row.consumed_at,
    DecidedBy: row.decided_by,
    DecidedAt: row.decided_at,
    DecisionComment: row.decision_comment,
    TimeoutAt: row.deadline_at,
    CreatedAt: row.created_at,
    TimeoutSecs: 0,
  };
}

const MAX_EDITS_LENGTH = 16_384;

const decision = {
  status: z.enum(['approved', 'denied']),
  comment: clearableField(2_000).default(null),
  outcome: z
    .enum(['changes_requested'])
    .nullable()
    .default(null)
    .describe('with denied, and a comment that says which'),
  edits: z
    .record(z.string().max(64), z.json())
    .refine((value) => JSON.stringify(value).length <= MAX_EDITS_LENGTH, 'is too large')
    .nullable()
    .default(null)
    .describe('with approved: members of the payload as they are allowed, of those that `Editable` names'),
};

export type DecisionBody = z.output<z.ZodObject<typeof decision>>;

function refuseMixed({ status, comment, outcome }: DecisionBody, context: z.RefinementCtx): void {
  const refuse = (member: string, message: string) => context.addIssue({ code: 'custom', path: [member], message });
  if (outcome !== null && status !== 'denied') refuse('outcome', 'goes with denied');
  if (outcome !== null && comment === null) refuse('comment', 'is required with changes_requested');
}

/** Said whatever else is wrong. */
const editsGoWithApproved = {
  path: ['edits'],
  message: 'go with approved',
  when: ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null,
};
const isEditedAsApproved = ({ status, edits }: DecisionBody) => edits == null || status === 'approved';

export const decideBody = z
  .strictObject(decision)
  .refine(isEditedAsApproved, editsGoWithApproved)
  .superRefine(refuseMixed);
export const decideManyBody = z.strictObject({
  items: z
    .array(
      z
        .strictObject({ id: idField, ...decision })
        .refine(isEditedAsApproved, editsGoWithApproved)
        .superRefine(refuseMixed),
    )
    .min(1)
    .max(100),
});

export const decidedItem = z.object({
  id: z.string(),
  ok: z.boolean(),
  code: z.string().nullable().describe('why not, as the error of a single decision has it'),
  status: z.enum(APPROVAL_STATUSES).nullable().describe('that it has now; null where the caller may not know'),
});
