import { defineFeature } from '../../http/kernel/feature.ts';
import { createInboxRoutes } from './inbox-routes.ts';
import { createNotificationRoutes } from './notification-routes.ts';
import { createPreferenceRoutes } from './preference-routes.ts';

export const inboxFeature = defineFeature({
  name: 'inbox',
  routes: [createInboxRoutes, createNotificationRoutes, createPreferenceRoutes],
  pathRows: { itemId: 'inbox item', notificationId: 'inbox item' },
});
