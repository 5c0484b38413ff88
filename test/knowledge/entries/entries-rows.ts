import { entriesFeature } from '../../../api/knowledge/entries/entries-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const entriesRows = definePathRows(entriesFeature, {
  pathRows: {
    knowledgeId: ({ post }) => post('/api/v1/knowledge', { namespace: 'team', title: 'Entry', content: 'Words.' }),
    async linkId({ post, id }) {
      const other = await post('/api/v1/knowledge', { namespace: 'team', title: 'Other', content: 'Words.' });
      const url = `/api/v1/knowledge/${await id('knowledgeId')}/links`;
      return post(url, { to_entry_id: other, relation: 'supports' });
    },
  },
});
