import { researchFeature } from '../../../api/knowledge/research/research-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const researchRows = definePathRows(researchFeature, {
  pathRows: {
    async researchRunId({ crew }) {
      const body = { topic: 'Payments', namespace: 'team', urls: ['https://example.com/payments'] };
      return (await crew.owner.post<{ run_id: string }>('/knowledge/web-research/runs', body, 202)).run_id;
    },
  },
});
