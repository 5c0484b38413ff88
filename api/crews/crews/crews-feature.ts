import { crewEvents } from '../../../domain/crews/crews/crew-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createCrewRoutes } from './crew-routes.ts';
import { createCrewPresenceRoutes } from './crew-presence-routes.ts';
import { createCrewMoveRoutes } from './crew-move-routes.ts';
import { createCrewConnectionRoutes } from './crew-connection-routes.ts';
import { createInternalCrewRoutes } from './crew-sidecar-routes.ts';
import { createInternalCrewConnectionRoutes } from './crew-connection-sidecar-routes.ts';
import { createInternalCrewMessageRoutes } from './crew-message-sidecar-routes.ts';

export const crewsFeature = defineFeature({
  name: 'crews',
  routes: [createCrewRoutes, createCrewPresenceRoutes, createCrewMoveRoutes, createCrewConnectionRoutes],
  sidecarRoutes: [createInternalCrewRoutes, createInternalCrewConnectionRoutes, createInternalCrewMessageRoutes],
  events: crewEvents,
  pathRows: { crewId: 'crew', connectionId: 'connection' },
});
