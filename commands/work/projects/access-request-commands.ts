import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AccessRequest, RequestedRole, RequestStatus } from '../../../domain/work/projects/access-request.ts';
import { hasProjectRole, type ProjectRole, refuseArchived } from '../../../domain/work/projects/project.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { shareWorkspaces } from '../../../db/people/members/hold-members.ts';
import {
  getAccessRequestIn,
  getRequestedProjectIn,
  type RequestedProject,
} from '../../../db/work/projects/access-requests-store.ts';
import { findProjectMemberIn } from '../../../db/work/projects/project-members-store.ts';
import { lockProject } from '../../../db/work/projects/projects-store.ts';
import { holdProject, type ProjectCall, projectFrame } from './hold-project.ts';
import { writeProjectRole } from './project-member-commands.ts';

async function holdRequested(tx: Tx, { projectId, userId }: ProjectCall): Promise<RequestedProject> {
  await lockProject(tx, projectId);
  return getRequestedProjectIn(tx, userId, projectId);
}

/**
 * Asks to be let into a project, or for more in one. Throws `not_found`, `wrong_state` in the archive, `conflict` while
 * a request of theirs is open and for who has the role already.
 */
export async function requestAccess(
  tx: Tx,
  request: ProjectCall & { readonly role: RequestedRole; readonly message: string | null },
  actor: Actor,
): Promise<AccessRequest> {
  const project = await holdRequested(tx, request);
  if (project.my_role !== null && hasProjectRole(project.my_role, request.role)) {
    throw new CrewshipError('conflict', `the caller is ${project.my_role} of this project already`, {
      extensions: { reason: 'already_member' },
    });
  }
  refuseArchived(project);
  const id = newId();
  try {
    await tx.execute(sql`
      INSERT INTO project_access_requests (id, workspace_id, project_id, user_id, role, message)
      VALUES (${id}, ${project.workspace_id}, ${project.id}, ${request.userId}, ${request.role}, ${request.message})`);
  } catch (error) {
    if (!isUniqueViolation(error, 'project_access_requests_open')) throw error;
    throw new CrewshipError('conflict', 'a request of the caller is open already', {
      extensions: { reason: 'pending' },
      cause: error,
    });
  }
  tx.journal({
    ...projectFrame(project, actor),
    type: 'access.requested',
    summary: `asked to be ${request.role} of a project`,
    payload: { request_id: id, role: request.role },
  });
  return getAccessRequestIn(tx, project.id, id);
}

export interface Decision extends ProjectCall {
  readonly requestId: string;
  readonly status: Exclude<RequestStatus, 'pending'>;
  /** What is given; undefined: what was asked for. */
  readonly role: RequestedRole | undefined;
  readonly note: string | null;
}

/**
 * Ends an open request, once: an owner of the project approves or rejects it, who made it cancels it. An approval makes
 * them a member in the same transaction, and never takes a role that they got meanwhile. Throws `not_found`,
 * `forbidden`, `wrong_state` for one that has ended and for an approval in the archive.
 */
export async function decideAccessRequest(tx: Tx, decision: Decision, actor: Actor): Promise<AccessRequest> {
  await shareWorkspaces(tx);
  const project = await holdRequested(tx, decision);
  const request = await getAccessRequestIn(tx, project.id, decision.requestId);
  await refuseDecider(tx, project, request, decision, actor);
  const isApproved = decision.status === 'approved';
  if (isApproved) refuseArchived(project);
  const role = decision.role ?? request.role;
  const ended = await tx.maybeOne(sql`
    UPDATE project_access_requests SET status = ${decision.status}, granted_role = ${isApproved ? role : null},
      note = ${decision.note}, decided_by = ${decision.userId}, decided_at = now()
    WHERE id = ${request.id} AND status = 'pending' RETURNING id`);
  if (ended === null) throw wrongState('access request', request.status);
  if (isApproved) await letIn(tx, project, { request, role, approverId: decision.userId }, actor);
  tx.journal({
    ...projectFrame(project, actor),
    severity: 'notice',
    type: 'access.decided',
    summary: `request to be let into a project ${decision.status}`,
    payload: { request_id: request.id, status: decision.status, role: isApproved ? role : null },
  });
  return getAccessRequestIn(tx, project.id, request.id);
}

/** Others than the project's owners know of no request but their own. */
async function refuseDecider(
  tx: Tx,
  project: RequestedProject,
  request: AccessRequest,
  decision: Decision,
  actor: Actor,
): Promise<void> {
  const isOwn = request.user.id === decision.userId;
  if (!isOwn && project.my_role !== 'owner') throw notFound('access request');
  if (decision.status === 'cancelled') {
    if (isOwn) return;
    throw new CrewshipError('forbidden', 'a request is cancelled by who made it; an owner rejects it');
  }
  if (isOwn) throw new CrewshipError('forbidden', 'nobody decides their own request');
  // Of an administrator who is no member it may be the first entry.
  await holdProject(tx, decision, 'owner', actor);
}

async function letIn(
  tx: Tx,
  project: RequestedProject,
  grant: { readonly request: AccessRequest; readonly role: ProjectRole; readonly approverId: string },
  actor: Actor,
): Promise<void> {
  const memberUserId = grant.request.user.id;
  const member = await findProjectMemberIn(tx, project.id, memberUserId);
  if (member !== null && hasProjectRole(member.role, grant.role)) return;
  await writeProjectRole(tx, project, { userId: grant.approverId, memberUserId, role: grant.role }, actor);
}
