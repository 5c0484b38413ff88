import { defineFeature } from '../../http/kernel/feature.ts';
import { createEntryRoutes } from './entry-routes.ts';
import { createGraphRoutes } from './graph-routes.ts';
import { createLinkRoutes } from './link-routes.ts';

export const entriesFeature = defineFeature({
  name: 'entries',
  routes: [createEntryRoutes, createLinkRoutes, createGraphRoutes],
  pathRows: { knowledgeId: 'entry', linkId: 'link' },
});
