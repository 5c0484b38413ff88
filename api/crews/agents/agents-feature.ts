import { agentEvents } from '../../../domain/crews/agents/agent-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createAgentRoutes } from './agent-routes.ts';
import { createInternalAgentRoutes } from './agent-sidecar-routes.ts';

export const agentsFeature = defineFeature({
  name: 'agents',
  routes: [createAgentRoutes],
  sidecarRoutes: [createInternalAgentRoutes],
  events: agentEvents,
  pathRows: { agentId: 'agent' },
});
