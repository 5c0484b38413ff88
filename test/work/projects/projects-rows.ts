import { projectsFeature } from '../../../api/work/projects/projects-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
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
    async folderUpdateId({ crew, id, insert }) {
      const projectId = await id('projectId');
      const approvalId = await insert(
        (own) => sql`
          INSERT INTO approvals (id, workspace_id, project_id, kind, subject_type, subject_id, reason,
            required_authority)
          VALUES (${own}, ${crew.workspaceId}, ${projectId}, 'folder_update', 'folder_update', ${own}, 'a', 'create')`,
      );
      return insert(
        (own) => sql`
          INSERT INTO folder_updates (id, workspace_id, project_id, approval_id, operation, path, folder_id,
            base_version)
          SELECT ${own}, workspace_id, project_id, ${approvalId}, 'create', '/Made', id, version FROM project_folders
          WHERE project_id = ${projectId} AND path = '/'`,
        approvalId,
      );
    },
    async accessRequestId({ api, crew, id }) {
      const member = await api.addMember(crew.workspaceId, 'MEMBER');
      const url = `/projects/${await id('projectId')}/access-requests`;
      return (await member.post<{ id: string }>(url, { role: 'editor' })).id;
    },
  },
});
