import { type BlobDeps, writeBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import type { NewFile } from '../../../commands/conversations/chats/attachment-commands.ts';
import { attachmentName, MAX_ATTACHMENT_BYTES } from '../../../domain/conversations/chats/agent-chat.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { fileTypeOf, HEAD_BYTES } from '../../../domain/work/artifacts/artifact.ts';

/** How uploads keep files of chats: streamed into the workspace's store, under the names that they may have there. */
export function storingIn(blobs: BlobDeps, workspaceId: string, field: string) {
  return async (content: AsyncIterable<Buffer>, fileName: string): Promise<NewFile> => {
    const name = attachmentName(fileName);
    if (name === null) throw invalidField(field, 'must have a name that a file can have');
    let head: Buffer = Buffer.alloc(0);
    async function* watched(): AsyncGenerator<Buffer> {
      for await (const piece of content) {
        if (head.length < HEAD_BYTES) head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES - head.length)]);
        yield piece;
      }
    }
    const written = await writeBlob(blobs, { workspaceId, source: watched(), limitBytes: MAX_ATTACHMENT_BYTES });
    return { name, mime: fileTypeOf(name, head).mime, written };
  };
}
