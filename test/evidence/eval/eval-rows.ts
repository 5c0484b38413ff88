import { evalFeature } from '../../../api/evidence/eval/eval-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const evalRows = definePathRows(evalFeature, {
  pathRows: {
    async evalRunId({ crew, id }) {
      const asked = { mission_id: await id('missionId') };
      return (await crew.owner.post<{ run_id: string }>('/eval/replay', asked, 202)).run_id;
    },
  },
});
