import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { PageRefusal } from '../../domain/knowledge/research/research-run.ts';
import type { GuardedClient, OutboundAnswer } from '../guarded-http/guarded-client.ts';
import { followPage, PageRefused } from './follow-page.ts';
import type { PageReader } from './page-reader.ts';
import type { RobotsRules } from './robots-rules.ts';

/** A page as it was read, from where it was found in the end; or why it was not. */
export type FetchedPage =
  | { readonly kind: 'page'; readonly url: string; readonly title: string; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: PageRefusal };

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
  try {
    return await readAnswer(
      deps,
      page,
      await followPage(deps, { ...page, accept: 'text/html,application/xhtml+xml,text/plain,text/markdown' }),
    );
  } catch (error) {
    page.signal.throwIfAborted();
    return { kind: 'refused', reason: reasonOf(error) };
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
  if (error instanceof PageRefused) return error.reason;
  if (!(error instanceof CrewshipError)) throw error;
  if (error.code === 'address_refused' || error.code === 'invalid_request') return 'address';
  const { reason } = error.extensions;
  return reason === 'timeout' || reason === 'too_large' || reason === 'redirect' ? reason : 'unreachable';
}
