import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { PageRefusal } from '../../domain/knowledge/research/research-run.ts';
import { isOfDomains } from '../../domain/knowledge/research/page-url.ts';
import type { GuardedClient, OutboundAnswer } from '../guarded-http/guarded-client.ts';
import type { PageReader } from './page-reader.ts';
import type { RobotsRules } from './robots-rules.ts';

/** A page as it was read, from where it was found in the end; or why it was not. */
export type FetchedPage =
  | { readonly kind: 'page'; readonly url: string; readonly title: string; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: PageRefusal };

const TIMEOUT_MS = 20_000;
const LIMIT_BYTES = 10 * 1_024 * 1_024;
const REDIRECTS = 5;
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HTML: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml']);
const PLAIN: ReadonlySet<string> = new Set(['text/plain', 'text/markdown']);
const DECLARED_CHARSET = /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})/i;
const HEAD_BYTES = 2_048;

/**
 * Fetches a page, 10 MB in 20 s at most. Each place that it leads to is one that may be called, that `domains` has (of
 * none: any), and whose site lets robots read it. Throws only the signal's reason.
 */
export async function fetchPage(
  deps: {
    readonly client: Pick<GuardedClient, 'send'>;
    readonly robots: RobotsRules;
    readonly reader: PageReader;
  },
  page: {
    readonly url: string;
    readonly domains: readonly string[];
    readonly limitCharacters: number;
    readonly share: string;
    readonly signal: AbortSignal;
  },
): Promise<FetchedPage> {
  const endsAt = performance.now() + TIMEOUT_MS;
  const refused = (reason: PageRefusal): FetchedPage => ({ kind: 'refused', reason });
  let { url } = page;
  try {
    for (let followed = 0; ; followed += 1) {
      if (!isOfDomains(url, page.domains)) return refused('domain');
      if (!(await deps.robots.mayRead(url, page.signal))) return refused('robots');
      const timeoutMs = Math.ceil(endsAt - performance.now());
      if (timeoutMs <= 0) return refused('timeout');
      const answer = await deps.client.send({
        url,
        headers: { accept: 'text/html,application/xhtml+xml,text/plain,text/markdown' },
        ...{ timeoutMs, limitBytes: LIMIT_BYTES, redirects: 0, share: page.share, signal: page.signal },
      });
      const { location } = answer.headers;
      if (!REDIRECT.has(answer.status) || typeof location !== 'string') return await readAnswer(deps, page, answer);
      answer.discard();
      const next = URL.canParse(location, url) ? new URL(location, url) : null;
      if (next === null || followed >= REDIRECTS) return refused('redirect');
      if (!/^https?:$/.test(next.protocol) || (url.startsWith('https:') && next.protocol === 'http:')) {
        return refused('redirect');
      }
      next.hash = '';
      url = next.href;
    }
  } catch (error) {
    page.signal.throwIfAborted();
    return refused(reasonOf(error));
  }
}

async function readAnswer(
  { reader }: { readonly reader: PageReader },
  page: { readonly limitCharacters: number; readonly signal: AbortSignal },
  answer: OutboundAnswer,
): Promise<FetchedPage> {
  const refused = (reason: PageRefusal): FetchedPage => {
    answer.discard();
    return { kind: 'refused', reason };
  };
  if (answer.status < 200 || answer.status > 299) return refused('status');
  const [media = '', ...parameters] = String(answer.headers['content-type'] ?? '').split(';');
  const type = media.trim().toLowerCase();
  if (!HTML.has(type) && !PLAIN.has(type)) return refused('content_type');
  const bytes = await answer.bytes();
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]+)/i.exec(text)?.[1]).find(Boolean);
  const text = decode(bytes, charset, HTML.has(type));
  const read = HTML.has(type)
    ? await reader.read(text, page)
    : { title: '', text: text.slice(0, page.limitCharacters) };
  if (read === null) return refused('unreadable');
  const said = clean(read.text).trim();
  if (said === '') return refused('empty');
  return { kind: 'page', url: answer.url, title: clean(read.title).replace(/\s+/g, ' ').trim(), text: said };
}

/** As the answer says, else as the page says of itself; what nobody says, or nobody knows, is UTF-8. */
function decode(bytes: Buffer, charset: string | undefined, isHtml: boolean): string {
  const said = charset ?? (isHtml ? DECLARED_CHARSET.exec(bytes.toString('latin1', 0, HEAD_BYTES))?.[1] : undefined);
  try {
    return new TextDecoder(said ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}

/** As the database keeps it. */
const clean = (text: string) => text.toWellFormed().replaceAll('\0', '');

function reasonOf(error: unknown): PageRefusal {
  if (!(error instanceof CrewshipError)) throw error;
  if (error.code === 'address_refused' || error.code === 'invalid_request') return 'address';
  const { reason } = error.extensions;
  return reason === 'timeout' || reason === 'too_large' || reason === 'redirect' ? reason : 'unreachable';
}
