import { defineFeature } from '../../http/kernel/feature.ts';
import { createWikiRoutes } from './wiki-routes.ts';

export const wikiFeature = defineFeature({ name: 'wiki', routes: [createWikiRoutes] });
