import type { IncomingMessage } from 'node:http';
import { RequestProblem } from './problem.ts';

const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * Throws for a request that a web page made: an agent's browser carries whatever a page asks for to loopback. Pages say
 * so by an Origin, or where they leave it out by where the browser says that they are from; a page whose name was made
 * to point here says its own name as the host.
 */
export function refusePages(request: Pick<IncomingMessage, 'headers'>): void {
  const { origin, host, 'sec-fetch-site': site = 'none' } = request.headers;
  if (origin === undefined && site === 'none' && (host === undefined || OWN_HOST.test(host))) return;
  throw new RequestProblem({
    status: 403,
    code: 'page_refused',
    title: 'Not for web pages',
    detail: 'The sidecar answers programs of this container, not pages in a browser.',
  });
}
