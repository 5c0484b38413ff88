import { journalFeature } from '../../../api/evidence/journal/journal-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const journalRows = definePathRows(journalFeature, {
  pathRows: {
    async entryId({ api, crew }) {
      const journal = await api.call(crew.owner.token, { method: 'GET', url: '/api/v1/journal?limit=1' });
      return journal.json<{ entries: { id: string }[] }>().entries[0]!.id;
    },
  },
});
