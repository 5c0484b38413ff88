import { missionEvents } from '../../../domain/work/missions/mission-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createMissionRoutes } from './mission-routes.ts';
import { createMissionActionRoutes } from './mission-action-routes.ts';
import { createMissionMetricsRoutes } from './mission-metrics-routes.ts';
import { createTaskRoutes } from './task-routes.ts';
import { createInternalMissionRoutes } from './mission-sidecar-routes.ts';
import { createInternalConfidenceRoutes } from './confidence-sidecar-routes.ts';

export const missionsFeature = defineFeature({
  name: 'missions',
  routes: [createMissionRoutes, createMissionActionRoutes, createMissionMetricsRoutes, createTaskRoutes],
  sidecarRoutes: [createInternalMissionRoutes, createInternalConfidenceRoutes],
  events: missionEvents,
  pathRows: { missionId: 'mission', taskId: 'task' },
});
