import { defineFeature } from '../../http/kernel/feature.ts';
import { createResearchRoutes } from './research-routes.ts';

export const researchFeature = defineFeature({
  name: 'research',
  routes: [createResearchRoutes],
  pathRows: { researchRunId: 'run' },
});
