import { defineFeature } from '../../http/kernel/feature.ts';
import { createEvalRoutes } from './eval-routes.ts';

export const evalFeature = defineFeature({
  name: 'eval',
  routes: [createEvalRoutes],
  pathRows: { evalRunId: 'eval run' },
});
