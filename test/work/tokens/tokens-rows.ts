import { tokensFeature } from '../../../api/work/tokens/tokens-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

const ADDRESS = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

export const tokensRows = definePathRows(tokensFeature, {
  pathRows: {
    async walletAddress({ crew, id }) {
      const url = `/projects/${await id('projectId')}`;
      await crew.owner.patch(url, { tokenization: { name: 'Unit', symbol: 'UNIT', four_eyes: false } });
      await crew.owner.put(`${url}/tokenization/wallets/${ADDRESS}`, { owner_type: 'treasury' }, 201);
      return ADDRESS;
    },
    async tokenRequestId({ crew, id }) {
      const [projectId, to_address] = [await id('projectId'), await id('walletAddress')];
      const wish = { type: 'mint', amount: '1', to_address, reason: 'a row' };
      return (await crew.owner.post<{ id: string }>(`/projects/${projectId}/tokenization/token-requests`, wish)).id;
    },
  },
});
