import { crewFileEvents } from '../../../domain/crews/crew-files/crew-file-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createCrewFileRoutes } from './crew-file-routes.ts';
import { createInternalCrewFileRoutes } from './crew-file-sidecar-routes.ts';

export const crewFilesFeature = defineFeature({
  name: 'crew-files',
  routes: [createCrewFileRoutes],
  sidecarRoutes: [createInternalCrewFileRoutes],
  events: crewFileEvents,
});
