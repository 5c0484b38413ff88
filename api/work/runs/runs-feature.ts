import { runEvents } from '../../../domain/work/runs/run-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createRunOutputRoutes } from './run-output-routes.ts';
import { createRunProcessRoutes } from './run-process-routes.ts';
import { createRunRoutes } from './run-routes.ts';
import { createInternalRunRoutes } from './run-sidecar-routes.ts';

export const runsFeature = defineFeature({
  name: 'runs',
  routes: [createRunProcessRoutes, createRunRoutes, createRunOutputRoutes],
  sidecarRoutes: [createInternalRunRoutes],
  events: runEvents,
  pathRows: { runId: 'run' },
});
