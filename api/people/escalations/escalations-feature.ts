import { escalationEvents } from '../../../domain/people/escalations/escalation-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createEscalationRoutes } from './escalation-routes.ts';
import { createInternalEscalationRoutes } from './escalation-sidecar-routes.ts';
import { createInternalAnswerRoutes } from './answer-sidecar-routes.ts';

export const escalationsFeature = defineFeature({
  name: 'escalations',
  routes: [createEscalationRoutes],
  sidecarRoutes: [createInternalEscalationRoutes, createInternalAnswerRoutes],
  events: escalationEvents,
  pathRows: { escalationId: 'escalation' },
});
