import { issueEvents } from '../../../domain/work/issues/issue-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalIssueRoutes } from './issue-sidecar-routes.ts';

export const issuesFeature = defineFeature({
  name: 'issues',
  sidecarRoutes: [createInternalIssueRoutes],
  sidecarPathRows: { identifier: 'issue' },
  events: issueEvents,
});
