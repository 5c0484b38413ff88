import type { AgentCall } from '../../kernel/schemas/agent-call.ts';
import { EXPOSURE_TTL_SECONDS, isExposable } from './port-exposure.ts';

export const exposePortCall = {
  name: 'expose_port',
  method: 'POST',
  path: '/port-expose',
  title: 'Expose a port',
  description:
    'Open a port of your container on which a program listens at 127.0.0.1, for people to look at: answers the ' +
    '`url`, once. Whoever has it can use it until it expires. Pages run in a sandbox: relative links, no cookies or ' +
    'storage.',
  input: ({ z, clearable }) =>
    z.object({
      port: z.int().min(1).max(65_535).refine(isExposable, 'is the sidecar’s own'),
      description: clearable(200).default(null).describe('What people will see there.'),
      ttl_seconds: z
        .int()
        .min(EXPOSURE_TTL_SECONDS.least)
        .max(EXPOSURE_TTL_SECONDS.most)
        .default(EXPOSURE_TTL_SECONDS.usual)
        .describe('How long it stays open.'),
    }),
  effect: 'adds',
  actorField: 'agent_id',
} satisfies AgentCall;

export const PORT_CALLS: readonly AgentCall[] = [exposePortCall];
