import { identityFeature } from '../../../api/people/identity/identity-feature.ts';
import { expectStatus } from '../../support/mission-crew.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const identityRows = definePathRows(identityFeature, {
  pathRows: {
    tokenId: ({ post }) => post('/api/v1/auth/cli-token', {}, 200),
    keyId: async ({ api, crew }) => {
      const { jwt } = await api.signIn(crew.owner.id);
      const payload = { name: 'Key', workspace_id: crew.workspaceId };
      const made = await api.call(jwt, { method: 'POST', url: '/api/v1/auth/api-keys', payload });
      return expectStatus<{ id: string }>(made, 201).id;
    },
    authSessionId: async ({ api, crew }) => (await api.signIn(crew.owner.id)).id,
  },
});
