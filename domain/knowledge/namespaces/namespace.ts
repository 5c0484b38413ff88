/** The namespace that every workspace has. */
const TEAM_NAMESPACE = 'team';

const OF_PROJECT = 'project.';

/** What names of namespaces that people make look like; those of projects are made with them. */
export const NAMESPACE_NAME = /^[a-z0-9][a-z0-9_.-]{1,63}$/;

/** Most that people make in a workspace, beside the team's and those of projects. */
export const MAX_NAMESPACES = 1_000;

export type NamespaceAccess = 'read' | 'write';

/** A namespace that somebody reaches. */
export interface ReachedNamespace {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly project_id: string | null;
  readonly review_required: boolean;
  readonly access: NamespaceAccess;
}

export function namespaceOfProject(projectId: string): string {
  return `${OF_PROJECT}${projectId}`;
}

/** Whether a MANAGER may make one of this name. */
export function isFreeName(name: string): boolean {
  return NAMESPACE_NAME.test(name) && !name.startsWith(OF_PROJECT);
}

/** What an agent reaches, whoever it acts for: the rest is out of its sight. */
export interface AgentPolicy {
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** Whether what it writes waits for a review. */
  readonly review_required: boolean;
}

/** An agent of which nothing was said reads what the team knows, and writes nothing. */
export const UNSAID_POLICY: AgentPolicy = { read: [TEAM_NAMESPACE], write: [], review_required: true };

/** What an agent reaches for somebody: no more than they do, and no more than its policy says. */
export function withinPolicy(reach: readonly ReachedNamespace[], policy: AgentPolicy): ReachedNamespace[] {
  const writes = new Set(policy.write);
  const reads = new Set([...policy.read, ...policy.write]);
  return reach
    .filter(({ name }) => reads.has(name))
    .map((one) => (one.access === 'write' && !writes.has(one.name) ? { ...one, access: 'read' } : one));
}
