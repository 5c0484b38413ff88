import { createHash } from 'node:crypto';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { WrittenBytes } from './blob-store.ts';

/** Bytes that are counted, digested and limited as they pass. `end()` is for when all have passed. */
export function measured(
  source: AsyncIterable<Uint8Array>,
  options: { readonly limitBytes: number; readonly signal: AbortSignal },
): { readonly bytes: AsyncIterable<Uint8Array>; end(): WrittenBytes } {
  const { limitBytes, signal } = options;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* pass(): AsyncGenerator<Uint8Array> {
    const pieces = source[Symbol.asyncIterator]();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason as Error);
    // Nobody listens between two pieces.
    aborted.catch(() => {});
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      for (;;) {
        const next = await Promise.race([pieces.next(), aborted]);
        if (next.done === true) return;
        sizeBytes += next.value.length;
        if (sizeBytes > limitBytes) {
          throw new CrewshipError('payload_too_large', `the content is larger than ${limitBytes} bytes`, {
            extensions: { limit_bytes: limitBytes },
          });
        }
        hash.update(next.value);
        yield next.value;
      }
    } finally {
      signal.removeEventListener('abort', abort);
      // A source that gives nothing any more must not hold this up.
      void pieces.return?.().catch(() => {});
    }
  }
  return { bytes: pass(), end: () => ({ sha256: hash.digest('hex'), sizeBytes }) };
}
