import { isAbove, type Role } from '../../kernel/access/authority.ts';
import { capabilitiesOf, type Capability } from '../../kernel/access/capability.ts';
import type { ScopeResource } from './scopes.ts';

/** The lowest role that changes anything of these; whoever may read the rest changes what is their own of it. */
const CHANGED_FROM: Partial<Readonly<Record<ScopeResource, Role>>> = {
  admin: 'ADMIN',
  agents: 'MANAGER',
  credentials: 'MANAGER',
  crews: 'MANAGER',
  eval: 'MANAGER',
  integrations: 'MANAGER',
  issues: 'MANAGER',
  missions: 'MANAGER',
  paymaster: 'MANAGER',
  settings: 'ADMIN',
  skills: 'MANAGER',
  webhooks: 'MANAGER',
  workspace: 'MANAGER',
};

/** Those that lie below no crew: a role in one changes nothing of them. */
const BEYOND_CREWS: ReadonlySet<string> = new Set<ScopeResource>(['admin', 'settings', 'workspace']);

/** Whoever has one of these changes something, whatever their role. */
const OPENED_BY: Partial<Readonly<Record<ScopeResource, readonly Capability[]>>> = {
  credentials: ['credential.create', 'credential.rotate'],
  issues: ['issue.create'],
  skills: ['skill.create'],
};

/** What somebody may do in a workspace. */
export interface MemberRights {
  readonly role: Role;
  /** As they are stored: null is what the role brings. */
  readonly capabilities: readonly string[] | null;
  readonly crewRoles: readonly Role[];
}

/** Of these scopes, those that open nothing to somebody with these rights. */
export function scopesBeyond(scopes: readonly string[], rights: MemberRights): string[] {
  return scopes.filter((scope) => !reaches(scope, rights));
}

function reaches(scope: string, { role, capabilities, crewRoles }: MemberRights): boolean {
  const [resource, level] = scope.split(':') as [ScopeResource | '*', string?];
  if (resource === '*') return true;
  const reads = level === 'read' && resource !== 'admin';
  const lowest = reads ? undefined : CHANGED_FROM[resource];
  if (lowest === undefined) return true;
  const roles = BEYOND_CREWS.has(resource) ? [role] : [role, ...crewRoles];
  if (roles.some((one) => !isAbove(lowest, one))) return true;
  const held = capabilitiesOf(role, capabilities);
  return (OPENED_BY[resource] ?? []).some((capability) => held.includes(capability));
}
