import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalPeerRoutes } from './peer-sidecar-routes.ts';

export const peersFeature = defineFeature({
  name: 'peers',
  sidecarRoutes: [createInternalPeerRoutes],
  sidecarPathRows: { assignmentId: 'assignment' },
});
