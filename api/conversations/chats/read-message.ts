import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { NewFile } from '../../../commands/conversations/chats/attachment-commands.ts';
import type { BlobDeps } from '../../../commands/kernel/blobs/write-blob.ts';
import { MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS, FILES_ALONE } from '../../../domain/conversations/chats/agent-chat.ts';
import { MAX_MESSAGE_CHARACTERS } from '../../../domain/conversations/chats/chat.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { readUploads } from '../../http/kernel/read-upload.ts';
import { storingIn } from './store-files.ts';

/**
 * What somebody writes, whatever the request's form: its body, or the fields and files of a multipart one. Throws
 * `invalid_request` that names the field, and what uploads throw.
 */
export async function readMessage<Body extends object>(
  deps: { readonly database: BlobDeps['db']; readonly blobs: Omit<BlobDeps, 'db'> },
  ctx: {
    readonly request: FastifyRequest;
    readonly workspace: { readonly id: string };
    readonly body: Body | null | undefined;
  },
  schema: z.ZodType<Body>,
): Promise<Body & { readonly files?: readonly NewFile[] }> {
  const { request } = ctx;
  if (!request.isMultipart()) {
    if (ctx.body == null) throw invalidField('message', 'is required');
    return ctx.body;
  }
  const { fields, files } = await readUploads(
    request,
    {
      field: 'files',
      files: MAX_ATTACHMENTS,
      fileBytes: MAX_ATTACHMENT_BYTES,
      // As many bytes as characters may take.
      fieldBytes: 4 * MAX_MESSAGE_CHARACTERS,
    },
    storingIn({ db: deps.database, ...deps.blobs }, ctx.workspace.id, 'files'),
    // What nothing keeps is collected.
    async () => {},
  );
  const message = fields.message ?? '';
  const said = message.trim() === '' && files.length > 0 ? FILES_ALONE : message;
  const parsed = schema.safeParse({ ...fields, message: said });
  if (!parsed.success) throw refusal(parsed.error);
  // What a repeated request is compared by.
  request.body = { ...fields, files: files.map(({ name, written }) => [name, written.sha256]) };
  return { ...parsed.data, files };
}

function refusal(error: z.ZodError): CrewshipError {
  const issue = error.issues[0]!;
  const path = issue.code === 'unrecognized_keys' ? issue.keys[0]! : issue.path.join('.');
  return invalidField(path, issue.code === 'unrecognized_keys' ? 'is unknown' : issue.message);
}
