import { defineFeature } from '../../http/kernel/feature.ts';
import { createKeyRoutes } from './key-routes.ts';

export const keysFeature = defineFeature({ name: 'keys', routes: [createKeyRoutes] });
