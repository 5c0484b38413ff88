import { portEvents } from '../../../domain/crews/ports/port-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createPortExposeRoutes } from './port-expose-routes.ts';
import { createInternalPortRoutes } from './port-sidecar-routes.ts';

export const portsFeature = defineFeature({
  name: 'ports',
  routes: [createPortExposeRoutes],
  sidecarRoutes: [createInternalPortRoutes],
  events: portEvents,
  pathRows: { exposureId: 'port exposure' },
});
