import { isAbove, type Role } from '../../kernel/access/authority.ts';

/** What of the workspace's knowledge somebody reaches; who writes also reads. */
export interface NamespaceGrant {
  readonly name: string;
  readonly access: 'read' | 'write';
}

/** The namespace that every workspace has. */
const TEAM = 'team';

/** All namespaces that a member reaches: the team's, and one of each project that they have a role in. */
export function namespaceGrants(
  role: Role | null,
  projects: readonly { readonly id: string; readonly role: 'owner' | 'editor' | 'viewer' }[],
): NamespaceGrant[] {
  if (role === null) return [];
  return [
    { name: TEAM, access: isAbove(role, 'VIEWER') ? 'write' : 'read' },
    ...projects.map((project) => ({
      name: `project.${project.id}`,
      access: project.role === 'viewer' ? ('read' as const) : ('write' as const),
    })),
  ];
}
