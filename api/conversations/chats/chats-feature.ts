import { defineFeature } from '../../http/kernel/feature.ts';
import { createChatRoutes } from './chat-routes.ts';
import { createInternalChatRoutes } from './chat-sidecar-routes.ts';
import { createOrchestratorRoutes } from './orchestrator-routes.ts';
import { createSessionRecordRoutes } from './session-record-routes.ts';
import { createSessionRoutes } from './session-routes.ts';
import { createShareRoutes } from './share-routes.ts';

export const chatsFeature = defineFeature({
  name: 'chats',
  routes: [
    createChatRoutes,
    createSessionRoutes,
    createSessionRecordRoutes,
    createShareRoutes,
    createOrchestratorRoutes,
  ],
  pathRows: { sessionId: 'session', shareId: 'share' },
  sidecarRoutes: [createInternalChatRoutes],
  sidecarPathRows: { chatId: 'chat' },
});
