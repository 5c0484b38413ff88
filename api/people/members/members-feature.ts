import { memberEvents } from '../../../domain/people/members/member-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createCapabilityRoutes } from './capability-routes.ts';
import { createCrewMemberRoutes } from './crew-member-routes.ts';
import { createInvitationRoutes } from './invitation-routes.ts';
import { createMemberRoutes } from './member-routes.ts';

export const membersFeature = defineFeature({
  name: 'members',
  routes: [createMemberRoutes, createCapabilityRoutes, createInvitationRoutes, createCrewMemberRoutes],
  events: memberEvents,
  pathRows: { memberId: 'member', invitationId: 'invitation' },
});
