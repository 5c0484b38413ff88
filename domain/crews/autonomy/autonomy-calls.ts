import type { AgentCall } from '../../kernel/schemas/agent-call.ts';

export const createCrewCall = {
  name: 'create_crew',
  method: 'POST',
  path: '/crews',
  title: 'Make a crew',
  description:
    'Make another crew in your workspace, with default settings. By the autonomy of your crew it is live, held until ' +
    'an ADMIN approves it (`pending_review`), or refused.',
  input: ({ z, name, newSlug, clearable }) =>
    z.object({
      name: name(2, 100),
      slug: newSlug.optional().describe('Default: from the name.'),
      description: clearable(2_000).default(null),
    }),
  effect: 'adds',
} satisfies AgentCall;

export const createAgentCall = {
  name: 'create_agent',
  method: 'POST',
  path: '/agents',
  title: 'Make an agent',
  description:
    'Make another agent in your own crew. By the autonomy of your crew it is live, or under review until an ADMIN ' +
    'approves it (`pending_review`) and takes no work before, or refused.',
  input: ({ z, name, newSlug, clearable }) =>
    z.object({
      name: name(2, 100),
      slug: newSlug.optional().describe('Default: from the name.'),
      role_title: clearable(100).default(null),
      description: clearable(2_000).default(null),
      system_prompt: clearable(100_000).default(null).describe('What it is told before each task.'),
    }),
  effect: 'adds',
} satisfies AgentCall;

export const AUTONOMY_CALLS: readonly AgentCall[] = [createCrewCall, createAgentCall];
