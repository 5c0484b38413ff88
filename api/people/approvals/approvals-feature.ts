import { approvalEvents } from '../../../domain/people/approvals/approval-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalApprovalRoutes } from './approval-sidecar-routes.ts';
import { createApprovalRoutes } from './approval-routes.ts';
import { createTrustGrantRoutes } from './trust-grant-routes.ts';

export const approvalsFeature = defineFeature({
  name: 'approvals',
  routes: [createApprovalRoutes, createTrustGrantRoutes],
  sidecarRoutes: [createInternalApprovalRoutes],
  events: approvalEvents,
  pathRows: { approvalId: 'approval', grantId: 'trust grant' },
});
