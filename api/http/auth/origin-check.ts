import type { FastifyRequest } from 'fastify';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { type OriginRules, originAllowed } from '../headers/origin-allowed.ts';

export interface OriginCheck {
  /** Throws `forbidden` when a page of another site made the browser send this request, and it may change something. */
  refuseForeignWrite(request: Pick<FastifyRequest, 'method' | 'headers'>): void;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITES = new Set(['same-origin', 'none']);

/** What a browser sends for Origin with the forms of our own pages, which say that nothing is to be told of them. */
const UNTOLD = 'null';

/**
 * Browsers say where a write comes from, by Origin or at least by Sec-Fetch-Site; who sends neither is a program, whose
 * cookies nobody else can make it send (docs/contracts/identity.md, Cookies).
 */
export function createOriginCheck(rules: OriginRules): OriginCheck {
  return {
    refuseForeignWrite({ method, headers }) {
      if (SAFE_METHODS.has(method)) return;
      const site = headers['sec-fetch-site'];
      const isOurs =
        headers.origin === UNTOLD
          ? site === 'same-origin'
          : headers.origin === undefined
            ? typeof site !== 'string' || OWN_SITES.has(site)
            : originAllowed(headers.origin, headers.host, rules);
      if (!isOurs) throw new CrewshipError('forbidden', 'this may be asked only by pages of this instance');
    },
  };
}
