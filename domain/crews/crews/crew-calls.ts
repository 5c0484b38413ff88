import { type AgentCall, QUERY_BOUNDS } from '../../kernel/schemas/agent-call.ts';

const MAX_MESSAGE_BYTES = 1_048_576;
const encoder = new TextEncoder();

export const sendCrewMessageCall = {
  name: 'send_crew_message',
  method: 'POST',
  path: '/crew-messages',
  title: 'Message a crew',
  description: 'Leave a message for a connected crew. Nobody is woken: its agents read it when they look.',
  input: ({ z, id, members }) =>
    z.object({
      to_crew_id: id.describe('Id of the crew, from `list_crew_connections`.'),
      content: z
        .string()
        .min(1)
        .refine((text) => encoder.encode(text).length <= MAX_MESSAGE_BYTES, 'must be at most 1 MiB')
        .meta({ maxLength: MAX_MESSAGE_BYTES }),
      metadata: members.nullish(),
    }),
  effect: 'adds',
  actorField: 'from_agent_id',
  // Room for the escapes of a message of the longest length.
  bodyLimitBytes: 2.5 * MAX_MESSAGE_BYTES,
} satisfies AgentCall;

export const listCrewMessagesCall = {
  name: 'list_crew_messages',
  method: 'GET',
  path: '/crew-messages',
  title: 'Messages of your crew',
  description: 'Messages that other crews sent to yours, or yours to them; newest first.',
  input: ({ z, id, moment }) =>
    z.object({
      direction: z.enum(['incoming', 'outgoing', 'all']).default('incoming'),
      limit: z.number().int().min(1).max(200).default(50),
      since: moment.optional().describe('Only newer ones: RFC 3339 with an offset.'),
      peer_crew_id: id.optional().describe('Only those from or to this crew.'),
    }),
  effect: 'reads',
  query: {
    direction: QUERY_BOUNDS.word,
    limit: QUERY_BOUNDS.limit,
    since: QUERY_BOUNDS.moment,
    peer_crew_id: QUERY_BOUNDS.id,
  },
} satisfies AgentCall;

export const CREW_CALLS: readonly AgentCall[] = [
  {
    name: 'list_crews',
    method: 'GET',
    path: '/crews',
    title: 'Crews',
    description: 'The crews of the workspace: id, name, slug.',
    effect: 'reads',
  },
  {
    name: 'list_crew_connections',
    method: 'GET',
    path: '/crew-connections',
    title: 'Connections',
    description: 'Which crews yours is connected to, and in which direction messages and tasks may go.',
    effect: 'reads',
  },
  sendCrewMessageCall,
  listCrewMessagesCall,
];
