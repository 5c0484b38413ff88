import type { AgentCall } from '../../kernel/schemas/agent-call.ts';

export const CREW_AGENT_CALLS: readonly AgentCall[] = [
  {
    name: 'describe_crew',
    method: 'GET',
    path: '/agents/:id/resolve',
    title: 'Your crew',
    description:
      'Who you are, the agents of your crew with their slugs and ids, and the crews that yours is connected to. Use ' +
      'it before you assign, ask or plan.',
    id: 'Another agent of your crew, by id or slug.',
    effect: 'reads',
    defaults: { id: 'agentId' },
  },
];
