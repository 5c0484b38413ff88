import { defineFeature } from '../../http/kernel/feature.ts';
import { createSearchRoutes } from './search-routes.ts';

export const searchFeature = defineFeature({ name: 'search', routes: [createSearchRoutes] });
