import { defineFeature } from '../../http/kernel/feature.ts';
import { createToolCallRoutes } from './tool-call-routes.ts';
import { createToolConfigRoutes } from './tool-config-routes.ts';
import { createInternalToolCallRoutes } from './tool-call-sidecar-routes.ts';

export const mcpFeature = defineFeature({
  name: 'mcp',
  routes: [createToolCallRoutes, createToolConfigRoutes],
  sidecarRoutes: [createInternalToolCallRoutes],
});
