import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Bearer, Membership } from './authenticator.ts';

/** Where a request may name its workspace. */
export interface WorkspaceHints {
  readonly path: string | null;
  /** `workspace_id` of the query. */
  readonly query: string | null;
  /** X-Workspace-ID. */
  readonly header: string | null;
}

/** Every name the request gives, most binding first. */
function named(hints: WorkspaceHints): { first: string; others: [name: string, ref: string][] } | null {
  const all: [string, string][] = [];
  if (hints.path !== null) all.push(['path', hints.path]);
  if (hints.query !== null) all.push(['workspace_id', hints.query]);
  if (hints.header !== null) all.push(['X-Workspace-ID', hints.header]);
  const [first, ...others] = all;
  return first === undefined ? null : { first: first[1], others };
}

function matches(membership: Membership, ref: string): boolean {
  return membership.id === ref || membership.slug === ref;
}

function lookUp(bearer: Bearer, hints: WorkspaceHints): Membership | 'unknown' | 'unnamed' {
  const enterable =
    bearer.boundWorkspaceId === null
      ? bearer.memberships
      : bearer.memberships.filter((membership) => membership.id === bearer.boundWorkspaceId);
  const names = named(hints);
  if (names !== null) {
    const found =
      enterable.find((membership) => membership.id === names.first) ??
      enterable.find((membership) => membership.slug === names.first);
    if (found === undefined) return 'unknown';
    for (const [where, ref] of names.others) {
      if (!matches(found, ref)) throw invalidField(where, 'disagrees with the workspace that the request names');
    }
    return found;
  }
  if (bearer.boundWorkspaceId !== null) return enterable[0] ?? 'unknown';
  return ownMembership(enterable, bearer.homeWorkspaceId) ?? 'unnamed';
}

/** Where requests work that name no workspace: the person's own, or their only one. */
export function ownMembership(memberships: readonly Membership[], homeId: string | null): Membership | null {
  const home = memberships.find(({ id }) => id === homeId);
  return home ?? (memberships.length === 1 ? memberships[0]! : null);
}

/**
 * The one workspace resolver: path, then `workspace_id` or X-Workspace-ID (id or slug), then the credential's binding
 * or its owner's home, then the only membership, then `workspace_required`. What the credential may not enter is
 * `not_found`, like what does not exist; names that disagree are `invalid_request`. A remembered credential is read
 * again before anything is refused, so a membership made elsewhere a moment ago is never missed.
 */
export async function resolveWorkspace(
  bearer: Bearer,
  hints: WorkspaceHints,
): Promise<{ bearer: Bearer; workspace: Membership }> {
  let current = bearer;
  let found = lookUp(current, hints);
  if (typeof found === 'string' && current.isCached) {
    current = await current.reload();
    found = lookUp(current, hints);
  }
  if (found === 'unknown') throw notFound('workspace');
  if (found === 'unnamed') {
    throw new CrewshipError('workspace_required', 'name the workspace with workspace_id or X-Workspace-ID');
  }
  return { bearer: current, workspace: found };
}
