import type { AgentCall } from '../../kernel/schemas/agent-call.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { ACTION_KIND_NAMES, ACTION_KINDS } from './action-kinds.ts';
import {
  APPROVAL_POLL_SECONDS,
  DEFAULT_APPROVAL_SECONDS,
  LEAST_APPROVAL_SECONDS,
  LONGEST_APPROVAL_SECONDS,
} from './approval.ts';

const decision = ({ z }: Fields) =>
  z.looseObject({
    approval_id: z.string(),
    decision: z.enum(['approved', 'denied', 'timeout', 'cancelled', 'pending']),
    proceed: z.boolean().describe('Whether you may do it now.'),
    outcome: z.string().nullable().describe('changes_requested: do as the comment says and ask again.'),
    edits: z.record(z.string(), z.unknown()).nullable().describe('Members to use instead of those you asked for.'),
    comment: z.string().nullable(),
  });

const kinds = ACTION_KIND_NAMES.map((name) => `${name}: ${ACTION_KINDS[name].description}`).join('; ');

export const requestApprovalCall = {
  name: 'request_approval',
  method: 'POST',
  path: '/approvals',
  title: 'Ask to be allowed something',
  description:
    'Ask people to allow one action before you take it: a call that costs, destroys or reaches where it matters. ' +
    'Waits for the decision. Act only when `proceed` is true, with `edits` in place of what you asked for; each ' +
    `decision is given once. After ${APPROVAL_POLL_SECONDS} seconds without one the answer is pending: go on with ` +
    '`wait_for_approval`. You may ask for several actions at a time.',
  input: ({ z, members }) =>
    z.object({
      kind: z.enum(ACTION_KIND_NAMES).describe(`${kinds}.`),
      reason: z.string().trim().min(1).max(2_000).describe('What you want to do and why, for who decides.'),
      payload: members
        .default({})
        .describe('The action, as programs read it: {"tool": …, "arguments": {…}}, amounts, the environment.'),
      key: z
        .string()
        .min(1)
        .max(128)
        .nullable()
        .default(null)
        .describe('Your name for this action: asking again under it is the same question, also in another attempt.'),
      timeout_seconds: z
        .int()
        .min(LEAST_APPROVAL_SECONDS)
        .max(LONGEST_APPROVAL_SECONDS)
        .default(DEFAULT_APPROVAL_SECONDS)
        .describe('How long people have.'),
    }),
  effect: 'adds',
  actorField: 'agent_id',
  output: decision,
  followUp: { name: 'wait_for_approval', idFrom: 'approval_id' },
} satisfies AgentCall;

export const APPROVAL_CALLS: readonly AgentCall[] = [
  requestApprovalCall,
  {
    name: 'wait_for_approval',
    method: 'POST',
    path: '/approvals/:id/wait',
    title: 'Wait for a decision',
    description: 'Wait again for the decision on what `request_approval` asked, when that answered pending.',
    id: 'The approval_id that `request_approval` answered.',
    effect: 'changes',
    carried: 'answer',
    output: decision,
  },
];
