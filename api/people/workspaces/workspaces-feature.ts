import { workspaceEvents } from '../../../domain/people/workspaces/workspace-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createWorkspaceRoutes } from './workspace-routes.ts';

export const workspacesFeature = defineFeature({
  name: 'workspaces',
  routes: [createWorkspaceRoutes],
  events: workspaceEvents,
  pathRows: { workspaceId: 'workspace' },
});
