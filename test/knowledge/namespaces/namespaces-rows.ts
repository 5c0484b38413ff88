import { namespacesFeature } from '../../../api/knowledge/namespaces/namespaces-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const namespacesRows = definePathRows(namespacesFeature, {
  pathRows: {
    async namespaceName({ post }) {
      const entry = { namespace: 'handbook', title: 'Handbook', content: 'How we work.' };
      await post('/api/v1/knowledge', entry);
      return 'handbook';
    },
  },
});
