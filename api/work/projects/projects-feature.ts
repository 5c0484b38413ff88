import { projectEvents } from '../../../domain/work/projects/project-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createAccessRequestRoutes } from './access-request-routes.ts';
import { createFolderRoutes } from './folder-routes.ts';
import { createInternalFolderRoutes } from './folder-sidecar-routes.ts';
import { createMilestoneRoutes } from './milestone-routes.ts';
import { createProjectMemberRoutes } from './project-member-routes.ts';
import { createProjectRoutes } from './project-routes.ts';

export const projectsFeature = defineFeature({
  name: 'projects',
  routes: [
    createProjectRoutes,
    createProjectMemberRoutes,
    createAccessRequestRoutes,
    createMilestoneRoutes,
    createFolderRoutes,
  ],
  sidecarRoutes: [createInternalFolderRoutes],
  events: projectEvents,
  pathRows: {
    projectId: 'project',
    memberUserId: 'member',
    accessRequestId: 'access request',
    milestoneId: 'milestone',
    folderUpdateId: 'folder update',
  },
});
