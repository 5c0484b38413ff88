import { defineFeature } from '../../http/kernel/feature.ts';
import { createPortExposeRoutes } from './port-expose-routes.ts';
import { createInternalPortRoutes } from './port-sidecar-routes.ts';

export const portsFeature = defineFeature({
  name: 'ports',
  routes: [createPortExposeRoutes],
  sidecarRoutes: [createInternalPortRoutes],
  pathRows: { exposureId: 'port exposure' },
});
