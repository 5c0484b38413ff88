import { defineFeature } from '../../http/kernel/feature.ts';
import { createAgentPolicyRoutes } from './agent-policy-routes.ts';
import { createNamespaceRoutes } from './namespace-routes.ts';

export const namespacesFeature = defineFeature({
  name: 'namespaces',
  routes: [createNamespaceRoutes, createAgentPolicyRoutes],
  pathRows: { namespaceName: 'namespace' },
});
