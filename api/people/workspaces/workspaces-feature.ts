import { defineFeature } from '../../http/kernel/feature.ts';
import { createWorkspaceRoutes } from './workspace-routes.ts';

export const workspacesFeature = defineFeature({
  name: 'workspaces',
  routes: [createWorkspaceRoutes],
  pathRows: { workspaceId: 'workspace' },
});
