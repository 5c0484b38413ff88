import { provisionEvents } from '../../../domain/crews/provisioning/provision-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createCatalogRoutes } from './catalog-routes.ts';
import { createImageRoutes } from './image-routes.ts';
import { createProvisionRoutes } from './provision-routes.ts';

export const provisioningFeature = defineFeature({
  name: 'provisioning',
  routes: [createCatalogRoutes, createImageRoutes, createProvisionRoutes],
  events: provisionEvents,
  pathRows: { tag: 'image' },
});
