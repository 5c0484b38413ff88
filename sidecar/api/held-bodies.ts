import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError, readBody } from '../http/read-body.ts';

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
   * others take the room.
   */
  hold(request: IncomingMessage): Promise<HeldBody>;
}

/**
 * Bodies of calls of models are read before they go on, as what is reserved for a call depends on all of it and it may
 * have to wait for the API; this bounds what they take together.
 */
export function createHeldBodies({ eachBytes, allBytes }: { eachBytes: number; allBytes: number }): HeldBodies {
  let heldBytes = 0;

  return {
    async hold(request) {
      const announced = Number(request.headers['content-length'] ?? eachBytes);
      if (announced > eachBytes) throw new BodyTooLargeError(eachBytes);
      if (heldBytes + announced > allBytes) throw new NoRoomError('too many bodies');
      let isHeld = true;
      heldBytes += announced;
      const release = () => {
        if (isHeld) heldBytes -= announced;
        isHeld = false;
      };
      try {
        return { bytes: await readBody(request, eachBytes), release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}
