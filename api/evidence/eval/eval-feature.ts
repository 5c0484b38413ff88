import { defineFeature } from '../../http/kernel/feature.ts';
import { createEvalSuiteRoutes } from './eval-suite-routes.ts';
import { createEvalRoutes } from './eval-routes.ts';

export const evalFeature = defineFeature({
  name: 'eval',
  routes: [createEvalRoutes, createEvalSuiteRoutes],
  pathRows: { evalRunId: 'eval run', evalSuiteId: 'suite', evalSuiteRunId: 'suite run' },
});
