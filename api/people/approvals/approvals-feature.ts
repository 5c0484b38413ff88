import { approvalEvents } from '../../../domain/people/approvals/approval-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createApprovalRoutes } from './approval-routes.ts';

export const approvalsFeature = defineFeature({
  name: 'approvals',
  routes: [createApprovalRoutes],
  events: approvalEvents,
  pathRows: { approvalId: 'approval' },
});
