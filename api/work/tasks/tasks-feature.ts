import { defineFeature } from '../../http/kernel/feature.ts';
import { createManagedTaskRoutes } from './managed-task-routes.ts';
import { createTaskActionRoutes } from './task-action-routes.ts';
import { createTaskEventRoutes } from './task-event-routes.ts';
import { createTaskLinkRoutes } from './task-link-routes.ts';

export const tasksFeature = defineFeature({
  name: 'tasks',
  routes: [createManagedTaskRoutes, createTaskActionRoutes, createTaskEventRoutes, createTaskLinkRoutes],
  pathRows: { blocksTaskId: 'dependency' },
});
