import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalMakingRoutes } from './autonomy-sidecar-routes.ts';
import { createPolicyRoutes } from './policy-routes.ts';

export const autonomyFeature = defineFeature({
  name: 'autonomy',
  routes: [createPolicyRoutes],
  sidecarRoutes: [createInternalMakingRoutes],
});
