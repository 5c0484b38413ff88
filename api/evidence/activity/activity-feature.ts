import { defineFeature } from '../../http/kernel/feature.ts';
import { createActivityRoutes } from './activity-routes.ts';

export const activityFeature = defineFeature({
  name: 'activity',
  routes: [createActivityRoutes],
});
