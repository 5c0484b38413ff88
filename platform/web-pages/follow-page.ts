import { isOfDomains } from '../../domain/knowledge/research/page-url.ts';
import type { PageRefusal } from '../../domain/knowledge/research/research-run.ts';
import type { GuardedClient, OutboundAnswer } from '../guarded-http/guarded-client.ts';
import type { RobotsRules } from './robots-rules.ts';

const TIMEOUT_MS = 20_000;
const LIMIT_BYTES = 10 * 1_024 * 1_024;
const REDIRECTS = 5;
/** As long as addresses are taken from people. */
const MAX_URL_CHARACTERS = 2_048;
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A page is not read, by its site's rules or by ours. */
export class PageRefused extends Error {
  readonly reason: PageRefusal;

  constructor(reason: PageRefusal) {
    super(reason);
    this.name = 'PageRefused';
    this.reason = reason;
  }
}

/**
 * What a page's address leads to, 10 MB in 20 s at most, whatever its status. Each place on the way is one that may be
 * called, that `domains` has (of none: any), and whose site lets robots read it. Throws `PageRefused`, and as
 * `GuardedClient.send`.
 */
export async function followPage(
  deps: { readonly client: Pick<GuardedClient, 'send'>; readonly robots: RobotsRules },
  page: {
    readonly url: string;
    readonly domains: readonly string[];
    readonly accept: string;
    readonly share: string;
    readonly signal: AbortSignal;
  },
): Promise<OutboundAnswer> {
  const endsAt = performance.now() + TIMEOUT_MS;
  let { url } = page;
  for (let followed = 0; ; followed += 1) {
    if (!isOfDomains(url, page.domains)) throw new PageRefused('domain');
    if (!(await deps.robots.mayRead(url, page.signal))) throw new PageRefused('robots');
    const timeoutMs = Math.ceil(endsAt - performance.now());
    if (timeoutMs <= 0) throw new PageRefused('timeout');
    const answer = await deps.client.send({
      url,
      headers: { accept: page.accept },
      ...{ timeoutMs, limitBytes: LIMIT_BYTES, redirects: 0, share: page.share, signal: page.signal },
    });
    const { location } = answer.headers;
    if (!REDIRECT.has(answer.status) || typeof location !== 'string') return answer;
    answer.discard();
    const next = URL.canParse(location, url) ? new URL(location, url) : null;
    if (next === null || followed >= REDIRECTS) throw new PageRefused('redirect');
    if (!/^https?:$/.test(next.protocol) || (url.startsWith('https:') && next.protocol === 'http:')) {
      throw new PageRefused('redirect');
    }
    next.hash = '';
    if (next.href.length > MAX_URL_CHARACTERS) throw new PageRefused('redirect');
    url = next.href;
  }
}
