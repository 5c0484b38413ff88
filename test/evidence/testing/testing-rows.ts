import { testingFeature } from '../../../api/evidence/testing/testing-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const testingRows = definePathRows(testingFeature, {
  pathRows: {
    async testRunId({ crew }) {
      return (await crew.owner.post<{ run_id: string }>('/testing/run', { tags: ['smoke'] }, 202)).run_id;
    },
  },
});
