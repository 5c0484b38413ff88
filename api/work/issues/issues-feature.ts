import { issueEvents } from '../../../domain/work/issues/issue-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createBulkIssueRoutes } from './bulk-issue-routes.ts';
import { createCodeLinkRoutes } from './code-link-routes.ts';
import { createInternalIssueRoutes } from './issue-sidecar-routes.ts';
import { createIssueAttachmentRoutes } from './issue-attachment-routes.ts';
import { createIssueTalkRoutes } from './issue-talk-routes.ts';
import { createLabelRoutes } from './label-routes.ts';
import { createPublicIssueRoutes } from './public-issue-routes.ts';

export const issuesFeature = defineFeature({
  name: 'issues',
  routes: [
    createPublicIssueRoutes,
    createBulkIssueRoutes,
    createIssueTalkRoutes,
    createIssueAttachmentRoutes,
    createCodeLinkRoutes,
    createLabelRoutes,
  ],
  sidecarRoutes: [createInternalIssueRoutes],
  pathRows: {
    issueRef: 'issue',
    relationId: 'relation',
    labelId: 'label',
    issueAttachmentId: 'attachment',
    codeLinkId: 'code link',
  },
  sidecarPathRows: { identifier: 'issue' },
  events: issueEvents,
});
