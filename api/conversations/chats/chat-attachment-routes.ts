import { z } from 'zod';
import { attachFile, removeAttachment } from '../../../commands/conversations/chats/attachment-commands.ts';
import type { BlobDeps } from '../../../commands/kernel/blobs/write-blob.ts';
import { getAgentChatIn } from '../../../db/conversations/chats/agent-chats-store.ts';
import { findAttachment, listAttachments } from '../../../db/conversations/chats/attachments-store.ts';
import { getSession } from '../../../db/conversations/chats/sessions-store.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type ChatAttachment, MAX_ATTACHMENT_BYTES } from '../../../domain/conversations/chats/agent-chat.ts';
import { invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { byteRange, rangeHeaders } from '../../http/kernel/byte-range.ts';
import { downloadHeaders } from '../../http/kernel/download-headers.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { readUpload, refuseUnlessMultipart } from '../../http/kernel/read-upload.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  agentChatParams,
  ATTACHMENT_BODY_BYTES,
  attachmentAnswer,
  attachmentParams,
  chatQuery,
  listQuery,
} from './agent-chat-schemas.ts';
import { storingIn } from './store-files.ts';
import { viewerOf } from './turn-calls.ts';

const downloadAnswer = z.unknown().describe('the file').meta({ type: 'string', format: 'binary' });

/** Files that go with messages: docs/contracts/conversations.md, Files. */
export function createChatAttachmentRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'transaction' | 'systemTransaction' | 'systemReads'>;
  readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'>;
}): Route[] {
  const { database, blobs } = deps;
  const { reads } = database;
  const tags = ['Chats'];
  const read = { access: 'member', action: 'read', scope: 'chat:read' } as const;
  const write = { access: 'member', action: 'participate', scope: 'chat:write' } as const;
  const url = '/api/v1/agents/:agentId/chats/:chatId/attachments';

  /** The chat that a path names, as its reader may see it. */
  async function chatOf(ctx: Parameters<typeof viewerOf>[0] & { params: { agentId: string; chatId: string } }) {
    const viewer = viewerOf(ctx);
    const agent = await resolveAgent(reads, viewer.workspaceId, ctx.params.agentId);
    const session = await getSession(reads, viewer, ctx.params.chatId);
    if (session.agent?.id !== agent.id) throw notFound('session');
    return { workspaceId: viewer.workspaceId, id: session.id };
  }

  return [
    defineRoute({
      method: 'POST',
      url,
      operationId: 'addChatAttachment',
      summary: 'Put a file into a chat, for one’s next message',
      description:
        'Multipart with `file`, up to 25 MiB; its name is the last part of what it is called there. It goes with the ' +
        'next message of who puts it in: at most 10 do, of different names.',
      tags,
      authority: write,
      params: agentChatParams,
      isUpload: true,
      limits: { bodyBytes: ATTACHMENT_BODY_BYTES },
      responses: { 201: attachmentAnswer },
      errors: ['ambiguous_reference', 'conflict', 'limit_reached', 'session_not_active', 'storage_full', 'unavailable'],
      handler: async (ctx) => {
        refuseUnlessMultipart(ctx.request);
        const chat = await chatOf(ctx);
        const { fields, stored } = await readUpload(
          ctx.request,
          MAX_ATTACHMENT_BYTES,
          storingIn({ db: database, ...blobs }, chat.workspaceId, 'file'),
          // What nothing keeps is collected.
          async () => {},
        );
        const [extra] = Object.keys(fields);
        if (extra !== undefined) throw invalidField(extra, 'is unknown');
        if (stored === null) throw invalidField('file', 'is required');
        // What a repeated request is compared by.
        ctx.request.body = { sha256: stored.written.sha256, name: stored.name };
        return ctx.write(async (tx) =>
          created(shown(await attachFile(tx, { ...viewerOf(ctx), id: chat.id, file: stored }, ctx.actor))),
        );
      },
    }),
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listChatAttachments',
      summary: 'List the files of a chat, oldest first',
      tags,
      authority: read,
      params: agentChatParams,
      query: listQuery,
      responses: { 200: z.array(attachmentAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const page = await listAttachments(reads, await chatOf(ctx), ctx.query);
        return ok(page.rows.map(shown), pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${url}/:attachmentId/download`,
      operationId: 'downloadChatAttachment',
      summary: 'Take a file of a chat',
      description: 'As an attachment that runs nothing where it is shown; `Range` takes a part.',
      tags,
      authority: read,
      params: attachmentParams,
      query: chatQuery,
      contentType: 'application/octet-stream',
      responses: { 200: downloadAnswer, 206: downloadAnswer },
      errors: ['ambiguous_reference', 'range_not_satisfiable', 'unavailable'],
      handler: async (ctx) => {
        const chat = await chatOf(ctx);
        const file = await findAttachment(reads, chat, ctx.params.attachmentId);
        if (file === null) throw notFound('attachment');
        const range = byteRange(ctx.request.headers.range, file.size);
        const named = { name: file.filename, mime: file.mime };
        const headers = { ...rangeHeaders(range, file.size), ...downloadHeaders(named) };
        const status = range === null ? 200 : 206;
        if (ctx.request.method === 'HEAD') return { status, body: '', headers };
        const body = await blobs.store.read(
          { workspaceId: chat.workspaceId, blobId: file.blob_id },
          range === null ? undefined : { from: range.start, to: range.end - 1 },
        );
        return { status, body, headers };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: `${url}/:attachmentId`,
      operationId: 'removeChatAttachment',
      summary: 'Take a file back that was not sent yet',
      description: 'For who put it in, and the chat’s owner. 409 for one that went with a message.',
      tags,
      authority: write,
      params: attachmentParams,
      responses: { 204: z.null() },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const agent = await resolveAgent(reads, viewer.workspaceId, ctx.params.agentId);
        return ctx.write(async (tx) => {
          const { id } = await getAgentChatIn(tx, viewer, { id: ctx.params.chatId, agentId: agent.id });
          await removeAttachment(tx, { ...viewer, id, attachmentId: ctx.params.attachmentId }, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}

function shown(file: ChatAttachment) {
  return { ...file, path: file.filename, agent_path: `$CREWSHIP_INPUTS_DIR/${file.filename}` };
}
