import type { FastifyInstance } from 'fastify';

/** Two years: what browsers' lists of HTTPS-only sites ask for. */
const HSTS_SECONDS = 63_072_000;

/**
 * What keeps an answer from being more than data to a browser: no sniffing, no frames, no scripts, no caching of what a
 * credential opened. Pages of ours, and what is public, say otherwise themselves.
 */
export function addSecurityHeaders(server: FastifyInstance, options: { readonly isHttps: boolean }): void {
  const headers = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(options.isHttps ? { 'strict-transport-security': `max-age=${HSTS_SECONDS}; includeSubDomains` } : {}),
  };
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
