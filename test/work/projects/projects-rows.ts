import { projectsFeature } from '../../../api/work/projects/projects-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const projectsRows = definePathRows(projectsFeature, {
  pathRows: {
    projectId: ({ post }) => post('/api/v1/projects', { name: 'Project' }),
    async memberUserId({ api, crew, id }) {
      const member = await api.addMember(crew.workspaceId, 'MEMBER');
      await crew.owner.patch(`/projects/${await id('projectId')}/members/${member.id}`, { role: 'editor' }, 201);
      return member.id;
    },
    async milestoneId({ post, id }) {
      return post(`/api/v1/projects/${await id('projectId')}/milestones`, { name: 'Beta' });
    },
    async accessRequestId({ api, crew, id }) {
      const member = await api.addMember(crew.workspaceId, 'MEMBER');
      const url = `/projects/${await id('projectId')}/access-requests`;
      return (await member.post<{ id: string }>(url, { role: 'editor' })).id;
    },
  },
});
