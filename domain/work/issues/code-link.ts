export const CODE_LINK_STATES = ['OPEN', 'DRAFT', 'MERGED', 'CLOSED'] as const;
export type CodeLinkState = (typeof CODE_LINK_STATES)[number];

export const CODE_PROVIDERS = ['github', 'gitlab'] as const;
export type CodeProvider = (typeof CODE_PROVIDERS)[number];

export const CODE_LINK_KINDS = ['pull_request', 'merge_request'] as const;
export type CodeLinkKind = (typeof CODE_LINK_KINDS)[number];

/** Why a host did not say how a request stands. */
export const SYNC_ERRORS = [
  'no_credential',
  'credential_rejected',
  'credential_forbidden',
  'rate_limited',
  'provider_unavailable',
  'cross_host_redirect',
  'not_found',
] as const;
export type SyncError = (typeof SYNC_ERRORS)[number];

/** Of one issue. */
export const MAX_CODE_LINKS = 100;

/** Which pull or merge request of which host. */
export interface CodeLinkTarget {
  readonly provider: CodeProvider;
  /** With its port where it is not the usual one. */
  readonly host: string;
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
  readonly kind: CodeLinkKind;
}

/** How its host says that it stands. */
export interface RemoteRequest {
  readonly title: string;
  readonly state: CodeLinkState;
  readonly author: string | null;
  readonly source_branch: string | null;
  readonly target_branch: string | null;
  readonly remote_merged_at: string | null;
}

/** A pull or merge request that an issue is about: docs/contracts/issues.md, Code links. */
export interface CodeLink extends CodeLinkTarget, RemoteRequest {
  readonly id: string;
  readonly url: string;
  readonly credential_id: string | null;
  readonly last_synced_at: string;
  readonly last_sync_error: SyncError | null;
}

const NUMBER = /^[1-9]\d{0,8}$/;
const NAME = /^[A-Za-z0-9_.-]{1,100}$/;
const isName = (part: string) => NAME.test(part) && part !== '.' && part !== '..';
const MOST_GROUPS = 20;

/**
 * What a link names: `/owner/repo/pull/1` of a GitHub, `/group/…/repo/-/merge_requests/1` of a GitLab, whatever comes
 * after that. Null: neither.
 */
export function codeLinkTarget(text: string): CodeLinkTarget | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  const { host } = url;
  const parts = url.pathname.split('/').slice(1);
  const [owner = '', repo = '', word, number = ''] = parts;
  if (word === 'pull' && isName(owner) && isName(repo) && NUMBER.test(number)) {
    return { provider: 'github', host, owner, repo, number: Number(number), kind: 'pull_request' };
  }
  const dash = parts.indexOf('-');
  const [groups, project] = [parts.slice(0, dash - 1), parts[dash - 1] ?? ''];
  const merge = parts[dash + 2] ?? '';
  const isGitLab = dash >= 2 && parts[dash + 1] === 'merge_requests' && NUMBER.test(merge);
  if (!isGitLab || groups.length > MOST_GROUPS || ![...groups, project].every(isName)) return null;
  const named = { owner: groups.join('/'), repo: project, number: Number(merge) };
  return { provider: 'gitlab', host, ...named, kind: 'merge_request' };
}

/** Its address in the form that names nothing but the request. */
export function codeLinkUrl({ provider, host, owner, repo, number }: CodeLinkTarget, protocol: string): string {
  const way = provider === 'github' ? 'pull' : '-/merge_requests';
  return `${protocol}//${host}/${owner}/${repo}/${way}/${number}`;
}
