import { identityFeature } from '../../../api/people/identity/identity-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const identityRows = definePathRows(identityFeature, {
  pathRows: {
    tokenId: ({ post }) => post('/api/v1/auth/cli-token', {}, 200),
    authSessionId: async ({ api, crew }) => (await api.signIn(crew.owner.id)).id,
  },
});
