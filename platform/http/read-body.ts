import type { IncomingMessage } from 'node:http';

/** The body is longer than allowed. */
export class BodyTooLargeError extends Error {
  readonly limitBytes: number;
  constructor(limitBytes: number) {
    super('body too large');
    this.limitBytes = limitBytes;
  }
}

/**
 * Reads a whole body. Rejects with {@link BodyTooLargeError} past the limit, or with the connection's error. What comes
 * past the limit is read and dropped, so that the sender gets to see its answer.
 */
export function readBody(
  message: IncomingMessage,
  limitBytes: number,
  onChunk?: (chunk: Buffer) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) {
        chunks.push(chunk);
        onChunk?.(chunk);
        return;
      }
      chunks.length = 0;
      reject(new BodyTooLargeError(limitBytes));
    });
    message.once('end', () => resolve(Buffer.concat(chunks)));
    message.once('error', reject);
    message.once('close', () => reject(new Error('the connection was closed')));
  });
}
