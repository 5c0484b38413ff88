import { accountsFeature } from '../../../api/people/accounts/accounts-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const accountsRows = definePathRows(accountsFeature, {
  pathRows: { userId: async ({ api, crew }) => (await api.addMember(crew.workspaceId, 'MEMBER')).id },
});
