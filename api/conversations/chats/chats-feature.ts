import { chatEvents } from '../../../domain/conversations/chats/chat-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createAgentChatRoutes } from './agent-chat-routes.ts';
import { createChatAttachmentRoutes } from './chat-attachment-routes.ts';
import { createChatMessageRoutes } from './chat-message-routes.ts';
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
    createAgentChatRoutes,
    createChatMessageRoutes,
    createChatAttachmentRoutes,
  ],
  events: chatEvents,
  pathRows: { sessionId: 'session', shareId: 'share', chatId: 'session', attachmentId: 'attachment' },
  sidecarRoutes: [createInternalChatRoutes],
  sidecarPathRows: { chatId: 'chat' },
});
