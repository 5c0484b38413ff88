import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError, readBody } from './read-body.ts';

/** A request's body that is held until it has gone on. */
export interface HeldBody {
  readonly bytes: Buffer;
  /** Ends the hold: the body has gone on, or will not. */
  release(): void;
}

/** No room for another body now. */
export class NoRoomError extends Error {}

export interface HeldBodies {
  /**
   * Reads a body whole. Rejects with {@link BodyTooLargeError} for one beyond the limit, with {@link NoRoomError} while
   * others take the room. `share`: whose part of the room it takes.
   */
  hold(request: IncomingMessage, share?: string, onChunk?: (chunk: Buffer) => void): Promise<HeldBody>;
}

/**
 * Bodies of calls of models are read before they go on, as what is reserved for a call depends on all of it and it may
 * have to wait for the API; this bounds what they take together, and what one share takes of that.
 */
export function createHeldBodies({
  eachBytes,
  allBytes,
  shareBytes = allBytes,
}: {
  eachBytes: number;
  allBytes: number;
  shareBytes?: number;
}): HeldBodies {
  const heldBy = new Map<string, number>();
  let heldBytes = 0;
  function take(share: string, bytes: number): void {
    heldBytes += bytes;
    const held = (heldBy.get(share) ?? 0) + bytes;
    if (held === 0) heldBy.delete(share);
    else heldBy.set(share, held);
  }
  return {
    async hold(request, share = '', onChunk) {
      const announced = Number(request.headers['content-length'] ?? eachBytes);
      if (announced > eachBytes) throw new BodyTooLargeError(eachBytes);
      if (heldBytes + announced > allBytes || (heldBy.get(share) ?? 0) + announced > shareBytes) {
        throw new NoRoomError('too many bodies');
      }
      let isHeld = true;
      take(share, announced);
      const release = () => {
        if (isHeld) take(share, -announced);
        isHeld = false;
      };
      try {
        return { bytes: await readBody(request, eachBytes, onChunk), release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}
