import { defineFeature } from '../../http/kernel/feature.ts';
import { createValidationRoutes } from './validation-routes.ts';

export const validationFeature = defineFeature({ name: 'validation', routes: [createValidationRoutes] });
