import { defineFeature } from '../../http/kernel/feature.ts';
import { createAnswerCacheRoutes } from './answer-cache-routes.ts';
import { createAuxStatusRoute } from './aux-status-route.ts';
import { createLlmConfigRoutes } from './llm-config-routes.ts';

export const llmFeature = defineFeature({
  name: 'llm',
  routes: [createLlmConfigRoutes, createAnswerCacheRoutes, createAuxStatusRoute],
});
