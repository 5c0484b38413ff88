import { defineFeature } from '../../http/kernel/feature.ts';
import { createJournalRoutes } from './journal-routes.ts';
import { createInternalJournalRoutes } from './journal-sidecar-routes.ts';

export const journalFeature = defineFeature({
  name: 'journal',
  routes: [createJournalRoutes],
  sidecarRoutes: [createInternalJournalRoutes],
  pathRows: { entryId: 'journal entry' },
});
