import { defineFeature } from '../../http/kernel/feature.ts';
import { createPromptStandardRoutes } from './prompt-standard-routes.ts';

export const standardsFeature = defineFeature({ name: 'standards', routes: [createPromptStandardRoutes] });
