import { approvalEvents } from '../../../domain/people/approvals/approval-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalApprovalRoutes } from './approval-sidecar-routes.ts';
import { createApprovalRoutes } from './approval-routes.ts';

export const approvalsFeature = defineFeature({
  name: 'approvals',
  routes: [createApprovalRoutes],
  sidecarRoutes: [createInternalApprovalRoutes],
  events: approvalEvents,
  pathRows: { approvalId: 'approval' },
});
