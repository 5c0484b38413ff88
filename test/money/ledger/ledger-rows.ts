import { ledgerFeature } from '../../../api/money/ledger/ledger-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const ledgerRows = definePathRows(ledgerFeature, {
  pathRows: {
    budgetId: ({ crew, post }) =>
      post('/api/v1/paymaster/budgets', {
        scope_kind: 'crew',
        scope_id: crew.crewId,
        window: 'day',
        limit_usd: '1000',
      }),
  },
  sidecarPathRows: {
    async reservationId({ crew, id }) {
      // Nothing is set aside where no budget asks for it.
      await id('budgetId');
      const usage = { provider: 'anthropic', model: 'claude-sonnet-4-5', input_tokens: 10 };
      return (await crew.make('cost/reservations', usage)).reservation_id!;
    },
  },
});
