import { defineFeature } from '../../http/kernel/feature.ts';
import { createTestingRoutes } from './testing-routes.ts';

export const testingFeature = defineFeature({
  name: 'testing',
  routes: [createTestingRoutes],
  pathRows: { testRunId: 'test run' },
});
