import { defineFeature } from '../../http/kernel/feature.ts';
import { createCrewDataRoutes } from './crew-data-routes.ts';

export const crewDataFeature = defineFeature({ name: 'crew-data', routes: [createCrewDataRoutes] });
