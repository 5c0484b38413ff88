import type { IncomingHttpHeaders } from 'node:http';
import { HOP_BY_HOP } from '../../../domain/crews/sidecar/crew-ports.ts';

type Headers = Record<string, string | string[]>;

/** What is the caller's own business, or would be mistaken for something that this listener says. */
const KEPT_BACK = new Set([
  'authorization',
  'cookie',
  'expect',
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

/** What an answer could do to this origin, which is the API's and not the exposed program's. */
const DROPPED = new Set([
  'alt-svc',
  'cache-control',
  'clear-site-data',
  'content-security-policy-report-only',
  'expires',
  'nel',
  'pragma',
  'public-key-pins',
  'referrer-policy',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'www-authenticate',
  'x-content-type-options',
  'x-request-id',
]);
const DROPPED_PREFIXES = ['access-control-', 'x-crewship-'];

/** Scripts run, with an origin of their own: no cookie, storage or service worker of this one. */
const SANDBOX = 'sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts';

function without(headers: IncomingHttpHeaders, names: ReadonlySet<string>, prefixes: readonly string[]): Headers {
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || names.has(name) || named.has(name)) continue;
    if (!prefixes.some((prefix) => name.startsWith(prefix))) kept[name] = value;
  }
  return kept;
}

/** A request's headers as the exposed program gets them: as if it were asked on its own host. */
export function requestHeaders(headers: IncomingHttpHeaders, port: number, prefix: string): Headers {
  const isChunked = headers['transfer-encoding'] !== undefined;
  return {
    ...without(headers, KEPT_BACK, KEPT_BACK_PREFIXES),
    host: `localhost:${port}`,
    'x-forwarded-prefix': prefix,
    ...(isChunked ? { 'transfer-encoding': 'chunked' } : {}),
  };
}

/** The answer's headers as the caller gets them: revocation is felt at once, and nothing of this origin is touched. */
export function answerHeaders(headers: IncomingHttpHeaders, port: number, prefix: string): Headers {
  const kept = without(headers, DROPPED, DROPPED_PREFIXES);
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
