import { projectEvents } from '../../../domain/work/projects/project-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createProjectMemberRoutes } from './project-member-routes.ts';
import { createProjectRoutes } from './project-routes.ts';

export const projectsFeature = defineFeature({
  name: 'projects',
  routes: [createProjectRoutes, createProjectMemberRoutes],
  events: projectEvents,
  pathRows: { projectId: 'project', memberUserId: 'member' },
});
