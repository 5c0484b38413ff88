import type { IncomingHttpHeaders } from 'node:http';
import { endToEndHeaders } from '../../../domain/kernel/http/end-to-end-headers.ts';

type Headers = Record<string, string | string[]>;

/** What is the caller's own business, or would be mistaken for something that this listener says. */
const KEPT_BACK = new Set([
  'authorization',
  'cookie',
  'forwarded',
  'host',
  'origin',
  'referer',
  'x-internal-token',
  'x-real-ip',
  'x-run-token',
  'x-workspace-id',
]);
const KEPT_BACK_PREFIXES = ['x-crewship-', 'x-forwarded-', 'access-control-request-'];

/**
 * What of an answer goes on: what its body is and which version of it. An origin is shared with the API, and there may
 * be a proxy in front of it, so whatever else a header asks of browsers or proxies is not asked in our name.
 */
const PASSED = new Set([
  ...['accept-ranges', 'allow', 'content-disposition', 'content-encoding', 'content-language', 'content-length'],
  ...[
    'content-range',
    'content-security-policy',
    'content-type',
    'etag',
    'last-modified',
    'location',
    'retry-after',
    'vary',
  ],
]);

/** Scripts run, with an origin of their own: no cookie, storage or service worker of this one. */
const SANDBOX = 'sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts';

/** A request's headers as the exposed program gets them: as if it were asked on its own host. */
export function requestHeaders(headers: IncomingHttpHeaders, port: number, prefix: string): Headers {
  return {
    ...endToEndHeaders(
      headers,
      (name) => KEPT_BACK.has(name) || KEPT_BACK_PREFIXES.some((prefix) => name.startsWith(prefix)),
    ),
    host: `localhost:${port}`,
    'x-forwarded-prefix': prefix,
  };
}

/** The answer's headers as the caller gets them: revocation is felt at once, and nothing of this origin is touched. */
export function answerHeaders(headers: IncomingHttpHeaders, port: number, prefix: string): Headers {
  const kept = endToEndHeaders(headers, (name) => !PASSED.has(name));
  const policy = headers['content-security-policy'];
  const { location } = headers;
  return {
    ...kept,
    ...(location === undefined ? {} : { location: moveLocation(location, port, prefix) }),
    ...OWN_HEADERS,
    'content-security-policy': policy === undefined ? SANDBOX : `${policy}, ${SANDBOX}`,
  };
}

/** Whoever has the address may read what it leads to, so pages of any origin may; the sandboxed ones have to. */
const OWN_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
  'cache-control': 'private, no-cache',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
};

/** The answer to a page that asks whether it may ask. */
export function preflightHeaders(headers: IncomingHttpHeaders): Headers {
  const asked = headers['access-control-request-headers'];
  return {
    ...OWN_HEADERS,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    ...(typeof asked === 'string' ? { 'access-control-allow-headers': asked } : {}),
    'access-control-max-age': '600',
    'content-length': '0',
  };
}

/** Where the program sends its caller, beneath the address that it is exposed at. */
function moveLocation(location: string, port: number, prefix: string): string {
  const own = new RegExp(`^https?://(localhost|127\\.0\\.0\\.1|\\[::1\\]):${port}(?=/|$)`, 'i');
  const path = own.test(location) ? location.replace(own, '') || '/' : location;
  return path.startsWith('/') && !path.startsWith('//') && !path.startsWith(`${prefix}/`) ? `${prefix}${path}` : path;
}
