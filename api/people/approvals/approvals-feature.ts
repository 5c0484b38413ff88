import { defineFeature } from '../../http/kernel/feature.ts';
import { createApprovalRoutes } from './approval-routes.ts';

export const approvalsFeature = defineFeature({
  name: 'approvals',
  routes: [createApprovalRoutes],
  pathRows: { approvalId: 'approval' },
});
