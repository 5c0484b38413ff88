import { defineFeature } from '../../http/kernel/feature.ts';
import { createAdminRoutes } from './admin-routes.ts';

export const adminFeature = defineFeature({ name: 'admin', routes: [createAdminRoutes] });
