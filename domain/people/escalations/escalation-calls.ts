import type { AgentCall } from '../../kernel/schemas/agent-call.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { AGENT_WAIT_SECONDS, ESCALATION_TYPES } from './escalation.ts';

const escalationId = 'The escalation_id that `escalate` answered.';

/** How a question to people ended; `escalate` and `wait_for_answer` say so alike. */
const answer = ({ z }: Fields) =>
  z.looseObject({
    escalation_id: z.string().optional(),
    status: z.enum(['RESOLVED', 'EXPIRED', 'CANCELLED', 'UNANSWERED']),
    resolution: z.string().optional().describe('What people answered.'),
    action: z.string().optional().describe('approve, reject or redirect; empty without an answer.'),
    redirect_to: z.string().nullable().optional(),
    warning: z.string().optional().describe('Why you go on without an answer.'),
    still_open: z.boolean().optional().describe('Whether people may still answer.'),
  });

export const escalateCall = {
  name: 'escalate',
  method: 'POST',
  path: '/escalations',
  title: 'Ask people',
  description:
    `Ask the people who run this crew a question and wait up to ${AGENT_WAIT_SECONDS} seconds for their answer. ` +
    'Use it for decisions that are not yours: approvals, missing credentials, contradicting orders. UNANSWERED means ' +
    'that nobody has answered yet: go on with your best judgement and say so in your result. Ask once; ' +
    'do not repeat it.',
  input: ({ z, id, slug, members }) =>
    z.object({
      from_slug: slug.describe('Who asks.'),
      reason: z.string().min(1).max(10_000).describe('The question, with all that is needed to decide it.'),
      chat_id: id.describe('A chat of your crew; a mission’s chat has the mission’s id.'),
      context: z.string().max(20_000).nullable().default(null).describe('What you found and tried so far.'),
      type: z
        .enum(ESCALATION_TYPES)
        .default('TEXT')
        .describe('TEXT: a question. CREDENTIAL: asks for or proposes a secret. LINK: people shall open a URL.'),
      metadata: members
        .nullable()
        .default(null)
        .describe(
          'LINK: {"url": "https://…"}. CREDENTIAL: {"name", "type", "provider", "value"}, without value to ask for it.',
        ),
    }),
  effect: 'adds',
  defaults: { from_slug: 'agentSlug', chat_id: 'chatId' },
  output: answer,
  followUp: { name: 'wait_for_answer', idFrom: 'escalation_id' },
} satisfies AgentCall;

export const ESCALATION_CALLS: readonly AgentCall[] = [
  escalateCall,
  {
    name: 'wait_for_answer',
    method: 'GET',
    path: '/escalations/:id/wait',
    title: 'Wait for people',
    description: 'Wait again for the answer to a question that `escalate` asked, when that call was cut off.',
    id: escalationId,
    effect: 'reads',
    carried: 'wait',
    output: answer,
  },
  {
    name: 'list_late_answers',
    method: 'GET',
    path: '/answers',
    title: 'Late answers',
    description:
      'Answers of people to earlier questions of your task that came after the asking agent had gone on. Take note ' +
      'of them, then call `acknowledge_late_answer` for each.',
    effect: 'reads',
  },
  {
    name: 'acknowledge_late_answer',
    method: 'POST',
    path: '/answers/:id/acknowledge',
    title: 'Acknowledge a late answer',
    description: 'Say that you have taken note of a late answer: it is given to nobody any more.',
    id: escalationId,
    effect: 'changes',
    carried: 'act',
  },
];
