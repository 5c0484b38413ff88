import { defineFeature } from '../../http/kernel/feature.ts';
import { createAdminRoutes } from './admin-routes.ts';
import { createLogLevelRoutes } from './log-level-routes.ts';
import { createQueueStatsRoutes } from './queue-stats-routes.ts';

export const adminFeature = defineFeature({
  name: 'admin',
  routes: [createAdminRoutes, createLogLevelRoutes, createQueueStatsRoutes],
});
