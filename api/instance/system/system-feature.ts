import { defineFeature } from '../../http/kernel/feature.ts';
import { createSystemRoutes } from './system-routes.ts';

export const systemFeature = defineFeature({ name: 'system', routes: [createSystemRoutes] });
