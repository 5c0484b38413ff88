import { defineFeature } from '../../http/kernel/feature.ts';
import { createInboxRoutes } from './inbox-routes.ts';

export const inboxFeature = defineFeature({
  name: 'inbox',
  routes: [createInboxRoutes],
});
