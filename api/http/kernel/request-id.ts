import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const GIVEN = /^[A-Za-z0-9_-]{8,64}$/;

const ID_BYTES = 9;
const pool = Buffer.alloc(ID_BYTES * 256);
let used = pool.length;

/** Asking the system for a few bytes at a time is most of the cost of a random id, so they are asked for in bulk. */
function randomText(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64url', used - ID_BYTES, used);
}

/** The caller's X-Request-Id when it is a plain token of 8 to 64 characters, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  if (typeof given === 'string' && GIVEN.test(given)) return given;
  return `req_${randomText()}`;
}
