import { defineFeature } from '../../http/kernel/feature.ts';
import { createOutboxRoutes } from './outbox-routes.ts';

export const outboxFeature = defineFeature({
  name: 'outbox',
  routes: [createOutboxRoutes],
});
