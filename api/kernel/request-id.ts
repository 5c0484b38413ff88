import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const GIVEN = /^[A-Za-z0-9_-]{8,64}$/;

/** The caller's X-Request-Id when it is a plain token of 8 to 64 characters, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  if (typeof given === 'string' && GIVEN.test(given)) return given;
  return `req_${randomBytes(9).toString('base64url')}`;
}
