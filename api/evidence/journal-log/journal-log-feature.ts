import { defineFeature } from '../../http/kernel/feature.ts';
import { createAuditIntegrityRoute } from './audit-integrity-route.ts';
import { createErasureRoutes } from './erasure-routes.ts';
import { createJournalLogRoutes } from './journal-log-routes.ts';

export const journalLogFeature = defineFeature({
  name: 'journal-log',
  routes: [createJournalLogRoutes, createAuditIntegrityRoute, createErasureRoutes],
});
