import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalMakingRoutes } from './autonomy-sidecar-routes.ts';

export const autonomyFeature = defineFeature({
  name: 'autonomy',
  sidecarRoutes: [createInternalMakingRoutes],
});
