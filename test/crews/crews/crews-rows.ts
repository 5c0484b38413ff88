import { crewsFeature } from '../../../api/crews/crews/crews-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const crewsRows = definePathRows(crewsFeature, {
  pathRows: {
    crewId: ({ crew }) => crew.crewId,
    async connectionId({ crew, post }) {
      const peer = await post('/api/v1/crews', { name: 'Peer', slug: `peer-of-${crew.lead.slug}` });
      return post('/api/v1/crew-connections', { from_crew_id: crew.crewId, to_crew_id: peer });
    },
  },
});
