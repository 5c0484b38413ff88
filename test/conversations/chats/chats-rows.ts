import { chatsFeature } from '../../../api/conversations/chats/chats-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const chatsRows = definePathRows(chatsFeature, {
  sidecarPathRows: {
    async chatId({ crew }) {
      const id = `chat-${crew.crewId}`;
      await crew.make('chats', { chat_id: id, agent_id: crew.lead.id });
      return id;
    },
  },
});
