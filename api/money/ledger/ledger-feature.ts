import { defineFeature } from '../../http/kernel/feature.ts';
import { createBudgetRoutes } from './budget-routes.ts';
import { createSpendRoutes } from './spend-routes.ts';
import { createTokenBudgetRoutes } from './token-budget-routes.ts';
import { createUsageRoutes } from './usage-routes.ts';
import { createInternalCostRoutes } from './cost-sidecar-routes.ts';

export const ledgerFeature = defineFeature({
  name: 'ledger',
  routes: [createBudgetRoutes, createTokenBudgetRoutes, createSpendRoutes, createUsageRoutes],
  sidecarRoutes: [createInternalCostRoutes],
  pathRows: { budgetId: 'budget' },
  sidecarPathRows: { reservationId: 'reservation' },
});
