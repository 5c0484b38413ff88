import { ssoFeature } from '../../../api/people/sso/sso-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const ssoRows = definePathRows(ssoFeature, {
  pathRows: {
    async ssoProviderId({ api }) {
      const id = 'a-provider';
      await api.database.systemTransaction({}, (tx) =>
        tx.execute(sql`
          INSERT INTO sso_providers (id, name, issuer, client_id)
            VALUES (${id}, 'Provider', 'http://127.0.0.1:1', 'crewship')
          ON CONFLICT DO NOTHING`),
      );
      return id;
    },
  },
});
