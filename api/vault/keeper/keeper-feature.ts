import { keeperEvents } from '../../../domain/vault/keeper/keeper-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createKeeperAdminRoutes } from './keeper-admin-routes.ts';
import { createInternalKeeperRoutes } from './keeper-sidecar-routes.ts';

export const keeperFeature = defineFeature({
  name: 'keeper',
  routes: [createKeeperAdminRoutes],
  sidecarRoutes: [createInternalKeeperRoutes],
  events: keeperEvents,
  pathRows: { requestId: 'keeper request' },
});
