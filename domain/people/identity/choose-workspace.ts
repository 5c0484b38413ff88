import { CrewshipError, notFound } from '../../kernel/errors/crewship-error.ts';

interface Workspace {
  readonly id: string;
  readonly slug: string;
}

/**
 * The workspace of a new credential: the one that is named, by id or slug, or the only one; null for somebody who has
 * none. Throws `not_found` for one that they may not enter, and `workspace_required` when it could be several.
 */
export function chooseWorkspace(enterable: readonly Workspace[], ref: string | undefined): string | null {
  if (ref !== undefined) {
    const named = enterable.find(({ id }) => id === ref) ?? enterable.find(({ slug }) => slug === ref);
    if (named === undefined) throw notFound('workspace');
    return named.id;
  }
  if (enterable.length > 1) {
    throw new CrewshipError('workspace_required', 'you are in several workspaces: name one with workspace_id');
  }
  return enterable[0]?.id ?? null;
}
