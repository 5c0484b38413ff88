import { evalFeature } from '../../../api/evidence/eval/eval-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const evalRows = definePathRows(evalFeature, {
  pathRows: {
    async evalRunId({ crew, id }) {
      const asked = { mission_id: await id('missionId') };
      return (await crew.owner.post<{ run_id: string }>('/eval/replay', asked, 202)).run_id;
    },
    async evalSuiteId({ id, post }) {
      const cases = [{ name: 'only', baseline_mission_id: await id('missionId') }];
      return post('/api/v1/eval/suites', { name: 'Suite', cases });
    },
    async evalSuiteRunId({ crew, id }) {
      const candidates = [{ case: 'only', mission_id: await id('missionId') }];
      const url = `/eval/suites/${await id('evalSuiteId')}/run`;
      return (await crew.owner.post<{ suite_run_id: string }>(url, { candidates }, 202)).suite_run_id;
    },
  },
});
