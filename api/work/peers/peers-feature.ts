import { peerEvents } from '../../../domain/work/peers/peer-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalPeerRoutes } from './peer-sidecar-routes.ts';

export const peersFeature = defineFeature({
  name: 'peers',
  sidecarRoutes: [createInternalPeerRoutes],
  sidecarPathRows: { assignmentId: 'assignment' },
  events: peerEvents,
});
