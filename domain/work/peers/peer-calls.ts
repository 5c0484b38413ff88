import { type AgentCall, QUERY_BOUNDS } from '../../kernel/schemas/agent-call.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { DEFAULT_QUERY_SECONDS, LONGEST_QUERY_SECONDS } from './peer-request.ts';

const target = ({ slug, id }: Fields) => ({
  target_slug: slug.describe('Slug of an agent of your crew, or of a crew that yours is connected to.'),
  chat_id: id.describe('A chat of your crew; a mission’s chat has the mission’s id.'),
});

export const assignTaskCall = {
  name: 'assign_task',
  method: 'POST',
  path: '/assignments',
  title: 'Assign a task',
  description:
    'Give another agent a task. It works beside you; this answers at once with an assignment_id, and ' +
    '`get_assignment` tells how it stands. At most 8 open at a time, and who was assigned may assign on once.',
  input: (fields) =>
    fields.z.object({
      ...target(fields),
      task: fields.name(1, 20_000).describe('The whole task: the other agent knows nothing but this.'),
    }),
  effect: 'adds',
  defaults: { chat_id: 'chatId' },
  actorField: 'actor_agent_id',
} satisfies AgentCall;

export const askAgentCall = {
  name: 'ask_agent',
  method: 'POST',
  path: '/queries',
  title: 'Ask an agent',
  description:
    'Ask another agent a question and wait for its answer. For longer work use `assign_task`. It fails when the ' +
    'other one does not answer in time.',
  input: (fields) =>
    fields.z.object({
      ...target(fields),
      question: fields.name(1, 20_000).describe('The whole question: the other agent knows nothing but this.'),
      timeout_seconds: fields.z
        .int()
        .min(1)
        .max(LONGEST_QUERY_SECONDS)
        .default(DEFAULT_QUERY_SECONDS)
        .describe('How long you wait.'),
    }),
  effect: 'adds',
  defaults: { chat_id: 'chatId' },
  carried: 'query',
} satisfies AgentCall;

export const getStandupCall = {
  name: 'get_standup',
  method: 'GET',
  path: '/standup',
  title: 'Standup',
  description: 'What your crew has been doing, as text: work given, questions asked, how they ended.',
  input: ({ z, moment }) =>
    z.object({ since: moment.optional().describe('RFC 3339 with an offset. Default: a day ago.') }),
  effect: 'reads',
  query: { since: QUERY_BOUNDS.moment },
} satisfies AgentCall;

export const PEER_CALLS: readonly AgentCall[] = [
  assignTaskCall,
  {
    name: 'get_assignment',
    method: 'GET',
    path: '/assignments/:id',
    title: 'An assignment',
    description:
      'How an assignment stands: PENDING, QUEUED, RUNNING, COMPLETED with result_summary, FAILED, CANCELLED.',
    id: 'The assignment_id that `assign_task` answered.',
    effect: 'reads',
  },
  askAgentCall,
  getStandupCall,
];
