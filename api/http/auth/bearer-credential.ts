import type { FastifyRequest } from 'fastify';
import { CrewshipError, unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';

export const API_KEY_HEADER = 'x-crewos-api-key';

/** What a request shows by `Authorization: Bearer`; null when it has no such header. */
export function bearerCredential(request: Pick<FastifyRequest, 'headers'>): string | null {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const text = /^bearer +(\S+)$/i.exec(header)?.[1];
  if (text === undefined) throw unauthenticated('invalid_token', 'the Authorization header holds no bearer token');
  return text;
}

/** Whether the request shows a credential in a header of its own, which counts before any cookie. */
export function hasExplicitCredential(request: Pick<FastifyRequest, 'headers'>): boolean {
  return request.headers.authorization !== undefined || request.headers[API_KEY_HEADER] !== undefined;
}

/**
 * Refuses a request that shows two explicit credentials: whoever reads one header and whoever reads the other would
 * take it for two people's. Node keeps the first of several `Authorization` headers, so they are counted as they were
 * sent.
 */
export function refuseTwoCredentials(request: Pick<FastifyRequest, 'headers' | 'raw'>): void {
  if (!hasExplicitCredential(request)) return;
  const { rawHeaders } = request.raw;
  let shown = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name === 'authorization' || name === API_KEY_HEADER) shown += 1;
  }
  if (shown > 1) throw new CrewshipError('invalid_request', 'a request shows one credential, not several');
}
