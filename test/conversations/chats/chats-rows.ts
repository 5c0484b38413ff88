import { chatsFeature } from '../../../api/conversations/chats/chats-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const chatsRows = definePathRows(chatsFeature, {
  pathRows: {
    sessionId: ({ post }) => post('/api/v1/sessions', { title: 'A row' }),
    shareId: async ({ id, post }) => post(`/api/v1/sessions/${await id('sessionId')}/shares`, { link: true }),
  },
  sidecarPathRows: {
    async chatId({ crew }) {
      const id = `chat-${crew.crewId}`;
      await crew.make('chats', { chat_id: id, agent_id: crew.lead.id });
      return id;
    },
  },
});
