import { defineFeature } from '../../http/kernel/feature.ts';
import { createGapRoutes } from './gap-routes.ts';

export const gapsFeature = defineFeature({
  name: 'gaps',
  routes: [createGapRoutes],
  pathRows: { gapReportId: 'report', gapFindingId: 'finding' },
});
