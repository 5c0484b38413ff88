import { membersFeature } from '../../../api/people/members/members-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const membersRows = definePathRows(membersFeature, {
  pathRows: {
    async memberId({ api, crew }) {
      const member = await api.addMember(crew.workspaceId, 'MEMBER');
      await crew.owner.post(`/crews/${crew.crewId}/members`, { user_id: member.id });
      return member.id;
    },
    invitationId: ({ crew, post }) =>
      post(`/api/v1/workspaces/${crew.workspaceId}/invitations`, { email: 'somebody@example.com' }),
  },
});
