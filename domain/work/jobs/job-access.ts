import { type Role, roleAllows } from '../../kernel/access/authority.ts';
import { CrewshipError } from '../../kernel/errors/crewship-error.ts';
import type { JobAuthority } from '../../kernel/jobs/job-kind.ts';
import { scopesAllow } from '../../people/identity/scopes.ts';
import type { JobRegistry, RegisteredJobKind } from './job-registry.ts';

/** Who asks for a job. */
export interface JobCaller {
  readonly userId: string | null;
  readonly role: Role;
  /** null: the full role. */
  readonly scopes: readonly string[] | null;
}

/** Which jobs of a workspace somebody sees. */
export interface VisibleJobs {
  /** Of these kinds alone; null: of any. */
  readonly kinds: readonly string[] | null;
  /** Of these, everybody's; of the others those that they asked for themselves. null: everybody's of any. */
  readonly everybodys: readonly string[] | null;
  readonly userId: string | null;
}

const holds = (caller: JobCaller, needed: JobAuthority): boolean =>
  roleAllows(caller.role, needed) && scopesAllow(caller.scopes, needed.scope);

const manages = (caller: JobCaller): boolean => roleAllows(caller.role, { action: 'manage' });

export function visibleJobs(kinds: Pick<JobRegistry, 'all'>, caller: JobCaller): VisibleJobs {
  const names = (wanted: (kind: RegisteredJobKind) => boolean) => kinds.all.filter(wanted).map(({ name }) => name);
  return {
    kinds: caller.scopes === null ? null : names(({ seenBy }) => scopesAllow(caller.scopes, seenBy.scope)),
    everybodys: manages(caller) ? null : names(({ seenBy }) => holds(caller, seenBy)),
    userId: caller.userId,
  };
}

/**
 * Throws `forbidden` for who sees a job and may not cancel it. `kind` undefined: one that no release knows any more.
 */
export function refuseCanceller(
  kind: RegisteredJobKind | undefined,
  job: { readonly created_by: string | null },
  caller: JobCaller,
): void {
  if (kind !== undefined && !scopesAllow(caller.scopes, kind.cancelledBy.scope)) {
    throw new CrewshipError('forbidden', `the token lacks the scope ${kind.cancelledBy.scope}`);
  }
  const isOwn = job.created_by !== null && job.created_by === caller.userId;
  if (isOwn || manages(caller) || (kind !== undefined && roleAllows(caller.role, kind.cancelledBy))) return;
  throw new CrewshipError('forbidden', `the role ${caller.role} may not cancel the jobs of others of this kind`);
}

/** The kind that somebody asks for. Throws `invalid_request`, `kind_not_creatable`, `forbidden`. */
export function kindToStart(kinds: JobRegistry, name: string, caller: JobCaller): RegisteredJobKind {
  const kind = kinds.find(name);
  if (kind === undefined) {
    const known = kinds.all.filter(({ startedBy }) => startedBy !== null).map((one) => one.name);
    const message = known.length === 0 ? 'no kind of job is started here' : `must be one of ${known.join(', ')}`;
    throw new CrewshipError('invalid_request', `kind: ${message}`, {
      fields: [{ path: 'kind', message }],
      extensions: { kinds: known },
    });
  }
  if (kind.startedBy === null) {
    throw new CrewshipError('kind_not_creatable', `a job of the kind ${kind.name} is started by a route of its own`);
  }
  if (!roleAllows(caller.role, kind.startedBy)) {
    throw new CrewshipError('forbidden', `the role ${caller.role} may not start jobs of the kind ${kind.name}`);
  }
  if (!scopesAllow(caller.scopes, kind.startedBy.scope)) {
    throw new CrewshipError('forbidden', `the token lacks the scope ${kind.startedBy.scope}`);
  }
  return kind;
}
