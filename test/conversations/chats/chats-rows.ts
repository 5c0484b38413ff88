import { chatsFeature } from '../../../api/conversations/chats/chats-feature.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const chatsRows = definePathRows(chatsFeature, {
  pathRows: {
    sessionId: ({ post }) => post('/api/v1/sessions', { title: 'A row' }),
    shareId: async ({ id, post }) => post(`/api/v1/sessions/${await id('sessionId')}/shares`, { link: true }),
    chatId: async ({ id, post }) => post(`/api/v1/agents/${await id('agentId')}/chats`, { title: 'A row' }),
    async attachmentId({ crew, id, insert }) {
      const chatId = await id('chatId');
      const blobId = await insert(
        (one) => sql`
          INSERT INTO blobs (id, workspace_id, state, sha256, size_bytes)
          VALUES (${one}, ${crew.workspaceId}, 'stored', ${'c'.repeat(64)}, 1)`,
      );
      return insert(
        (one) => sql`
          INSERT INTO chat_attachments (id, workspace_id, chat_id, name, mime, sha256, size_bytes, blob_id, uploaded_by)
          VALUES (${one}, ${crew.workspaceId}, ${chatId}, 'a.txt', 'text/plain', ${'c'.repeat(64)}, 1, ${blobId},
            ${crew.owner.id})`,
      );
    },
  },
  sidecarPathRows: {
    async chatId({ crew }) {
      const id = `chat-${crew.crewId}`;
      await crew.make('chats', { chat_id: id, agent_id: crew.lead.id });
      return id;
    },
  },
});
