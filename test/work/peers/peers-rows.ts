import { peersFeature } from '../../../api/work/peers/peers-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const peersRows = definePathRows(peersFeature, {
  sidecarPathRows: {
    async assignmentId({ crew }) {
      const task = { target_slug: crew.agents[0]!.slug, task: 'Look into it', chat_id: crew.missionId };
      return (await crew.make('assignments', task)).assignment_id!;
    },
  },
});
