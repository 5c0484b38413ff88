import { defineFeature } from '../../http/kernel/feature.ts';
import { createAgentRoutes } from './agent-routes.ts';
import { createInternalAgentRoutes } from './agent-sidecar-routes.ts';

export const agentsFeature = defineFeature({
  name: 'agents',
  routes: [createAgentRoutes],
  sidecarRoutes: [createInternalAgentRoutes],
  pathRows: { agentId: 'agent' },
});
