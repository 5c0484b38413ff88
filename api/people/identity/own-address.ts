import type { FastifyRequest } from 'fastify';
import type { Cookies } from '../../http/auth/cookies.ts';

/**
 * The origin at which the browser of this request reaches the instance: CREWSHIP_PUBLIC_URL where it is set. Without it
 * the request's own host, which whoever asks chooses for nobody but themselves.
 */
export function ownOrigin(request: FastifyRequest, cookies: Pick<Cookies, 'isSecure'>, publicUrl?: string): string {
  if (publicUrl !== undefined) return new URL(publicUrl).origin;
  const asked = `${cookies.isSecure(request) ? 'https' : 'http'}://${request.host}`;
  return URL.canParse(asked) ? new URL(asked).origin : 'http://localhost';
}
