import { credentialsFeature } from '../../../api/vault/credentials/credentials-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const credentialsRows = definePathRows(credentialsFeature, {
  pathRows: {
    credentialId: ({ crew, post }) =>
      post('/api/v1/credentials', {
        name: `Key of ${crew.crewId}`,
        type: 'API_KEY',
        value: 'sk-test-of-crew',
        crew_ids: [crew.crewId],
      }),
    fieldKey: async ({ crew, id, insert }) => {
      const credentialId = await id('credentialId');
      const key = `of_${crew.crewId.toLowerCase()}`;
      await insert(
        (own) => sql`
          INSERT INTO credential_fields (id, workspace_id, credential_id, key, is_secret, ordinal, value)
          VALUES (${own}, ${crew.workspaceId}, ${credentialId}, ${key}, false, 0, 'eu')`,
      );
      return key;
    },
    rotationId: async ({ id, post }) =>
      post(`/api/v1/credentials/${await id('credentialId')}/rotate`, { value: 'other' }, 200),
    bindingId: async ({ crew, id, post }) =>
      post('/api/v1/credentials/bindings', {
        credential_id: await id('credentialId'),
        slot: 'BOUND_KEY',
        scope: 'CREW',
        crew_id: crew.crewId,
      }),
    assignmentId: async ({ crew, id, post }) =>
      post(`/api/v1/agents/${crew.lead.id}/credentials`, {
        credential_id: await id('credentialId'),
        env_var_name: 'KEY_OF_CREW',
      }),
  },
});
