import { defineFeature } from '../../http/kernel/feature.ts';
import { createHostRoutes } from './host-routes.ts';

export const hostsFeature = defineFeature({
  name: 'hosts',
  routes: [createHostRoutes],
  pathRows: { hostId: 'host' },
});
