import { workspacesFeature } from '../../../api/people/workspaces/workspaces-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const workspacesRows = definePathRows(workspacesFeature, {
  pathRows: { workspaceId: ({ crew }) => crew.workspaceId },
});
