import { defineFeature } from '../../http/kernel/feature.ts';
import { createAgentCardRoutes } from './agent-card-routes.ts';
import { createA2ARestRoutes } from './a2a-rest-routes.ts';
import { createA2ARpcRoutes } from './a2a-rpc-routes.ts';

export const a2aFeature = defineFeature({
  name: 'a2a',
  routes: [createAgentCardRoutes, createA2ARpcRoutes, createA2ARestRoutes],
  pathRows: { turnId: 'task', configId: 'push notification config' },
});
