import { defineFeature } from '../../http/kernel/feature.ts';
import { createHealthRoutes } from './health-routes.ts';

export const healthFeature = defineFeature({
  name: 'health',
  routes: [createHealthRoutes],
});
