import { defineFeature } from '../../http/kernel/feature.ts';
import { createChannelRoutes } from './channel-routes.ts';
import { createDeliveryRoutes } from './delivery-routes.ts';

export const deliveriesFeature = defineFeature({
  name: 'deliveries',
  routes: [createChannelRoutes, createDeliveryRoutes],
  pathRows: { channelId: 'notification channel', deliveryId: 'delivery' },
});
