import { z } from 'zod';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { CodeLinkTarget, CodeProvider, RemoteRequest, SyncError } from '../../domain/work/issues/code-link.ts';
import { createGuardedClient, type GuardedClient } from '../guarded-http/guarded-client.ts';
import { placeOf } from '../guarded-http/outbound-place.ts';

/** What asking a host came to. */
export type RemoteAnswer =
  | { readonly kind: 'found'; readonly request: RemoteRequest }
  | { readonly kind: 'failed'; readonly error: SyncError; readonly retryAfterSeconds?: number };

/** The operator's GitHub and GitLab. */
export interface CodeHosts {
  /** Whether a link is of one of them: no token goes anywhere else. */
  knows(target: Pick<CodeLinkTarget, 'provider' | 'host'>): boolean;
  /** How a request stands, with somebody's token. `share`: for whom it is, a workspace's id. */
  ask(
    target: CodeLinkTarget,
    by: { readonly token: string; readonly share: string; readonly signal?: AbortSignal },
  ): Promise<RemoteAnswer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 2_097_152;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 3;
const LONGEST_WAIT_SECONDS = 3_600;

const line = (most: number) => z.string().transform((text) => text.replaceAll('\0', '').slice(0, most).toWellFormed());
const branch = z.object({ ref: line(500) });
const moment = z.iso.datetime({ offset: true }).nullish();
const githubAnswer = z.object({
  title: line(500),
  state: z.string(),
  draft: z.boolean().nullish(),
  merged_at: moment,
  user: z.object({ login: line(200) }).nullish(),
  head: branch.nullish(),
  base: branch.nullish(),
});
const gitlabAnswer = z.object({
  title: line(500),
  state: z.string(),
  draft: z.boolean().nullish(),
  merged_at: moment,
  author: z.object({ username: line(200) }).nullish(),
  source_branch: line(500).nullish(),
  target_branch: line(500).nullish(),
});

interface Protocol {
  readonly headers: (token: string) => Readonly<Record<string, string>>;
  /** Below the base of the host's API. */
  readonly path: (target: CodeLinkTarget) => string;
  readonly read: (body: unknown) => RemoteRequest;
}

const stateOf = (state: string, { isDraft, isMerged }: { readonly isDraft: boolean; readonly isMerged: boolean }) => {
  if (isMerged) return 'MERGED' as const;
  if (state === 'closed') return 'CLOSED' as const;
  return isDraft ? ('DRAFT' as const) : ('OPEN' as const);
};

const PROTOCOLS: Readonly<Record<CodeProvider, Protocol>> = {
  github: {
    headers: (token) => ({
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    }),
    path: ({ owner, repo, number }) => `/repos/${owner}/${repo}/pulls/${number}`,
    read(body) {
      const { title, state, draft, merged_at: mergedAt, user, head, base } = githubAnswer.parse(body);
      return {
        title,
        state: stateOf(state, { isDraft: draft === true, isMerged: mergedAt != null }),
        author: user?.login ?? null,
        source_branch: head?.ref ?? null,
        target_branch: base?.ref ?? null,
        remote_merged_at: mergedAt ?? null,
      };
    },
  },
  gitlab: {
    headers: (token) => ({ 'private-token': token, accept: 'application/json' }),
    path: ({ owner, repo, number }) => `/projects/${encodeURIComponent(`${owner}/${repo}`)}/merge_requests/${number}`,
    read(body) {
      const { title, state, draft, merged_at: mergedAt, author, ...branches } = gitlabAnswer.parse(body);
      return {
        title,
        state: stateOf(state, { isDraft: draft === true, isMerged: state === 'merged' }),
        author: author?.username ?? null,
        source_branch: branches.source_branch ?? null,
        target_branch: branches.target_branch ?? null,
        remote_merged_at: mergedAt ?? null,
      };
    },
  },
};

/** Where people see what an API serves: GitHub's own is at another name than its pages. */
function hostOfPages(apiUrl: string): string {
  const { host } = new URL(apiUrl);
  return host === 'api.github.com' ? 'github.com' : host;
}

/**
 * @param urls bases of the APIs, as the operator has them: `https://api.github.com`, `https://gitlab.com/api/v4`. They
 *   are called also where they are not public.
 */
export function createCodeHosts(urls: Readonly<Record<CodeProvider, string>>): CodeHosts {
  const client = createGuardedClient({ allowed: Object.values(urls).map(placeOf) });
  const hosts = { github: hostOfPages(urls.github), gitlab: hostOfPages(urls.gitlab) };

  return {
    knows: ({ provider, host }) => hosts[provider] === host,

    async ask(target, { token, share, signal }) {
      const { headers, path, read } = PROTOCOLS[target.provider];
      const base = urls[target.provider].replace(/\/+$/, '');
      try {
        const call = { headers: { ...headers(token), 'user-agent': 'crewship' }, share, signal };
        return await follow(client, `${base}${path(target)}`, call, read);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof CrewshipError)) throw error;
        // Text that no header can carry is no token of anybody's.
        if (error.code === 'invalid_request') return { kind: 'failed', error: 'credential_rejected' };
        return { kind: 'failed', error: 'provider_unavailable' };
      }
    },

    close: () => client.close(),
  };
}

/** A repository that was renamed is elsewhere on its host; a token goes to no other. */
async function follow(
  client: GuardedClient,
  first: string,
  call: {
    readonly headers: Readonly<Record<string, string>>;
    readonly share: string;
    readonly signal: AbortSignal | undefined;
  },
  read: Protocol['read'],
): Promise<RemoteAnswer> {
  let url = first;
  for (let left = MOST_REDIRECTS; left >= 0; left -= 1) {
    const answer = await client.send({ url, ...call, timeoutMs: TIMEOUT_MS, limitBytes: ANSWER_BYTES, redirects: 0 });
    if (!REDIRECTS.has(answer.status)) return readAnswer(answer.status, answer, read);
    answer.discard();
    const location = answer.headers.location;
    const next = typeof location === 'string' && URL.canParse(location, url) ? new URL(location, url) : null;
    if (next === null || next.origin !== new URL(first).origin) return { kind: 'failed', error: 'cross_host_redirect' };
    url = next.href;
  }
  return { kind: 'failed', error: 'provider_unavailable' };
}

async function readAnswer(
  status: number,
  answer: Awaited<ReturnType<GuardedClient['send']>>,
  read: Protocol['read'],
): Promise<RemoteAnswer> {
  if (status !== 200) {
    answer.discard();
    return failureOf(status, answer.headers);
  }
  try {
    return { kind: 'found', request: read(JSON.parse(await answer.text())) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      return { kind: 'failed', error: 'provider_unavailable' };
    }
    throw error;
  }
}

function failureOf(status: number, headers: Readonly<Record<string, string | readonly string[]>>): RemoteAnswer {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  // GitHub says by this header, and a 403, that nothing is left of the hour.
  if (status === 429 || (status === 403 && (headers['x-ratelimit-remaining'] === '0' || seconds > 0))) {
    const wait = Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_WAIT_SECONDS) : 60;
    return { kind: 'failed', error: 'rate_limited', retryAfterSeconds: wait };
  }
  if (status === 401) return { kind: 'failed', error: 'credential_rejected' };
  if (status === 403) return { kind: 'failed', error: 'credential_forbidden' };
  return { kind: 'failed', error: status === 404 || status === 410 ? 'not_found' : 'provider_unavailable' };
}
