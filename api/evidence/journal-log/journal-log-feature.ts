import { defineFeature } from '../../http/kernel/feature.ts';
import { createJournalLogRoutes } from './journal-log-routes.ts';

export const journalLogFeature = defineFeature({ name: 'journal-log', routes: [createJournalLogRoutes] });
