import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type IssueReader, readPublicIssue } from '../../../db/work/issues/public-issues-store.ts';
import type { Principal } from '../../../domain/kernel/access/authority.ts';
import type { PublicIssue } from '../../../domain/work/issues/issue.ts';

export interface IssueDeps {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
}

interface Call {
  readonly workspace: { readonly id: string };
  readonly principal: Principal;
}

export const readIssues = { access: 'member', action: 'read', scope: 'issues:read' } as const;
export const writeIssues = { access: 'member', action: 'create', scope: 'issues:write' } as const;

export function issueReader({ workspace, principal }: Call): IssueReader {
  return { workspaceId: workspace.id, userId: principal.userId! };
}

/** The issue of the path, by its identifier or id, in its crew. Throws `not_found`, `ambiguous_reference`. */
export async function issueOfCrew(
  { database }: IssueDeps,
  ctx: Call & { readonly params: { readonly crewId: string; readonly issueRef: string } },
): Promise<PublicIssue> {
  const crew = await resolveCrew(database.reads, ctx.workspace.id, ctx.params.crewId);
  return readPublicIssue(database.reads, issueReader(ctx), ctx.params.issueRef, crew.id);
}

/** As commands name it. */
export function refOf(issue: Pick<PublicIssue, 'crew_id' | 'identifier'>, { principal }: Pick<Call, 'principal'>) {
  return { crewId: issue.crew_id, identifier: issue.identifier, userId: principal.userId! };
}
