import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { CrewScope } from './crew-scope.ts';

/**
 * Writes the caller's scope into what it sent: absent members are filled in, a member that says otherwise is refused
 * with 403. Nothing downstream can then act on a foreign id. What takes no members is left without them: `isOpen`
 * false. A member that a route's own schema declares is the caller's to say, and is not filled in.
 */
export function applyScope(
  document: unknown,
  scope: CrewScope,
  { isOpen = true, declared = [] }: { readonly isOpen?: boolean; readonly declared?: readonly string[] } = {},
): void {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return;
  const members = document as Record<string, unknown>;
  for (const [name, value] of [
    ['workspace_id', scope.workspaceId],
    ['crew_id', scope.crewId],
  ] as const) {
    const given = members[name];
    if (given !== undefined && given !== null && given !== value) {
      throw new CrewshipError('forbidden', `${name} is not that of the caller`);
    }
    if (!isOpen) delete members[name];
    else if (!declared.includes(name)) members[name] = value;
  }
}
