import { agentsFeature } from '../../../api/crews/agents/agents-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const agentsRows = definePathRows(agentsFeature, {
  pathRows: {
    async agentId({ crew, post }) {
      await post(`/api/v1/agents/${crew.lead.id}/webhook-secret/rotate`, {}, 200);
      return crew.lead.id;
    },
  },
});
