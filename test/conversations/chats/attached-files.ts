import type { TestApi, TestUser } from '../../support/test-api.ts';

/** Puts a file into a chat with an agent, as a page's form does. */
export async function attach(
  api: TestApi,
  by: TestUser,
  chat: { readonly agentId: string; readonly chatId: string },
  file: { readonly name: string; readonly content: string | Buffer; readonly field?: string },
) {
  const { name, content, field = 'file' } = file;
  const head = `--edge\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n`;
  const payload = Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n--edge--\r\n')]);
  const answer = await api.call(by.token, {
    method: 'POST',
    url: `/api/v1/agents/${chat.agentId}/chats/${chat.chatId}/attachments`,
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
    payload,
  });
  const body = answer.json<{ id: string; code: string; filename: string; agent_path: string; mime: string }>();
  return { status: answer.statusCode, body };
}
