import { defineFeature } from '../../http/kernel/feature.ts';
import { createInternalChatRoutes } from './chat-sidecar-routes.ts';

export const chatsFeature = defineFeature({
  name: 'chats',
  sidecarRoutes: [createInternalChatRoutes],
  sidecarPathRows: { chatId: 'chat' },
});
