import { createHash } from 'node:crypto';
import type { BlobDeps } from '../../../commands/kernel/blobs/write-blob.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { pageUrl } from '../../../domain/knowledge/research/page-url.ts';
import type { GuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import { followPage, PageRefused } from '../../../platform/web-pages/follow-page.ts';
import { createRobotsRules } from '../../../platform/web-pages/robots-rules.ts';
import { receiveDocument, type ReceivedDocument } from './receive-document.ts';

/** What a page is known by where files are known by their names. */
function nameOfPage(url: URL): string {
  const path = url.pathname.split('/').filter((part) => part !== '');
  const query = url.search === '' ? [] : [createHash('sha256').update(url.search).digest('hex').slice(0, 12)];
  return [...query, url.hostname, ...path].join('_').replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
}

/**
 * Fetches what is at an address of the web as research does: guarded on each redirect, as its site’s rules say, 10 MB
 * in 20 s. Throws `address_refused`, `egress_failed`, and as `receiveDocument`.
 */
export async function fetchDocument(
  deps: BlobDeps & { readonly client: Pick<GuardedClient, 'send'> },
  given: { readonly workspaceId: string; readonly url: string; readonly signal: AbortSignal },
): Promise<ReceivedDocument & { readonly url: string }> {
  const { workspaceId, signal } = given;
  const url = pageUrl(given.url);
  if (url === null) throw invalidField('url', 'must be an address of the web without a user in it');
  const robots = createRobotsRules(deps.client, workspaceId);
  try {
    const page = { url, domains: [], accept: '*/*', share: workspaceId, signal };
    const answer = await followPage({ client: deps.client, robots }, page);
    if (answer.status < 200 || answer.status > 299) {
      answer.discard();
      throw new CrewshipError('egress_failed', `the page answered ${answer.status}`, {
        extensions: { reason: 'status', status: answer.status },
      });
    }
    const filename = nameOfPage(new URL(url));
    const received = await receiveDocument(deps, { workspaceId, filename, content: answer.body(), signal });
    return { ...received, url };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PageRefused)) throw error;
    const { reason } = error;
    throw reason === 'robots'
      ? new CrewshipError('address_refused', 'its site lets no robots read it', { extensions: { reason } })
      : new CrewshipError('egress_failed', 'the page leads to nothing that is read', { extensions: { reason } });
  }
}
