import { randomBytes } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { FOLDER_APPROVAL } from '../../../domain/work/projects/folder.ts';
import { scaffoldJob, type ScaffoldSource } from '../../../domain/work/projects/scaffold-job.ts';
import {
  type Project,
  type ProjectFields,
  type ProjectRole,
  projectSlug,
  refuseArchived,
  refuseBelow,
} from '../../../domain/work/projects/project.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { resolveAgentIn } from '../../../db/crews/agents/resolve-agent-in.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { shareWorkspaces } from '../../../db/people/members/hold-members.ts';
import { getProjectIn, type Viewer } from '../../../db/work/projects/projects-store.ts';
import { cancelApprovals } from '../../engine/approvals/approval-commands.ts';
import { requestJob } from '../../engine/jobs/request-job.ts';
import { configureToken, type TokenChange } from './configure-token.ts';
import { holdProject, type ProjectCall, projectFrame } from './hold-project.ts';

interface Row {
  readonly id: string;
  readonly workspace_id: string;
}

/** Judges the project as it is, once it is held: `If-Match`. */
type Check = (current: Project) => void;

export interface NewProject extends Viewer {
  readonly fields: ProjectFields;
  /** Besides the caller, who is its owner. */
  readonly members: readonly { readonly user_id: string; readonly role: ProjectRole }[];
  /** What a job puts into it; undefined: nothing. */
  readonly scaffold?: ScaffoldSource | undefined;
}

/** `scaffold_job_id` null: nothing is put into it. */
export type CreatedProject = Project & { readonly scaffold_job_id: string | null };

/**
 * A project that the caller owns. Throws `invalid_request` for a lead or a member who is not in the workspace and for a
 * template that is not there, `conflict` for a taken slug, `limit_reached` where too many jobs go on.
 */
export async function createProject(tx: Tx, project: NewProject, actor: Actor): Promise<CreatedProject> {
  const { workspaceId, userId, fields } = project;
  await shareWorkspaces(tx);
  await refuseForeignLead(tx, workspaceId, fields);
  const id = newId();
  const row = { id, workspace_id: workspaceId };
  const columns = {
    ...columnsOf(fields),
    id: sql.fragment`${id}`,
    workspace_id: sql.fragment`${workspaceId}`,
    slug: sql.fragment`${slugOf(fields)}`,
    owner_user_id: sql.fragment`${userId}`,
    created_by: sql.fragment`${userId}`,
  };
  const names = Object.keys(columns).map((name) => sql.identifier([name]));
  await tx
    .execute(sql`
      INSERT INTO projects (${sql.join(names, sql.fragment`, `)})
      VALUES (${sql.join(Object.values(columns), sql.fragment`, `)})`)
    .catch(throwSlugConflict);
  const members = new Map<string, ProjectRole>(project.members.map((member) => [member.user_id, member.role]));
  members.set(userId, 'owner');
  await insertMembers(tx, row, members, userId);
  tx.journal({
    ...projectFrame(row, actor),
    type: 'project.created',
    summary: 'project created',
    payload: { visibility: fields.visibility },
  });
  const job = project.scaffold === undefined ? null : await requestScaffold(tx, row, project.scaffold, actor);
  return { ...(await getProjectIn(tx, userId, id)), scaffold_job_id: job?.id ?? null };
}

function requestScaffold(tx: Tx, { id, workspace_id: workspaceId }: Row, source: ScaffoldSource, actor: Actor) {
  const input = { project_id: id, ...source };
  return requestJob(tx, { workspaceId, kind: scaffoldJob, input, actor });
}

async function insertMembers(
  tx: Tx,
  project: Row,
  members: ReadonlyMap<string, ProjectRole>,
  addedBy: string,
): Promise<void> {
  const added = await tx.any<{ user_id: string }>(sql`
    INSERT INTO project_members (workspace_id, project_id, user_id, role, added_by)
    SELECT m.workspace_id, ${project.id}, m.user_id, given.role, ${addedBy}
    FROM unnest(${sql.array([...members.keys()], 'text')}, ${sql.array([...members.values()], 'text')})
      AS given (user_id, role)
    JOIN memberships m ON m.user_id = given.user_id AND m.workspace_id = ${project.workspace_id}
    RETURNING user_id`);
  if (added.length < members.size) throw invalidField('members', 'names somebody who is no member of the workspace');
}

/**
 * Changes a project. Who changes its visibility, whether it is discoverable, or its token owns it. Throws `not_found`,
 * `forbidden`, `wrong_state` in the archive, `version_conflict`, `conflict` for a taken slug and what {@link
 * configureToken} says, `invalid_request`.
 */
export async function updateProject(
  tx: Tx,
  change: ProjectCall & {
    readonly patch: Partial<ProjectFields>;
    readonly token: TokenChange | undefined;
    /** Id, slug or name; null: nobody. */
    readonly defaultAgent?: string | null | undefined;
    readonly version: number | undefined;
  },
  check: Check,
  actor: Actor,
): Promise<Project> {
  const project = await holdProject(tx, change, 'editor', actor);
  check(project);
  refuseVersion(project, change.version);
  refuseArchived(project);
  const patch = changesOf(project, change.patch);
  const isOwners = patch.visibility !== undefined || patch.discoverable !== undefined || change.token !== undefined;
  if (isOwners) refuseBelow(project.my_role, 'owner');
  const agentId = await defaultAgentOf(tx, project, change.defaultAgent);
  const ofToken = change.token === undefined ? [] : await configureToken(tx, project, change.token);
  const ofAgent = agentId === project.default_agent_id ? [] : ['default_agent'];
  const changed = [...Object.keys(patch), ...ofAgent, ...ofToken];
  if (changed.length === 0) return project;
  const next = { ...project, ...patch };
  if (patch.lead_id !== undefined || patch.lead_type !== undefined) {
    await refuseForeignLead(tx, project.workspace_id, next);
  }
  const columns = columnsOf(patch);
  if (patch.name !== undefined || patch.visibility !== undefined) columns.slug = sql.fragment`${slugOf(next)}`;
  if (agentId !== project.default_agent_id) columns.default_agent_id = sql.fragment`${agentId}`;
  await write(tx, project.id, columns).catch(throwSlugConflict);
  tx.journal({
    ...projectFrame(project, actor),
    type: 'project.updated',
    summary: 'project updated',
    payload: { changed_fields: changed, visibility: next.visibility, was: project.visibility },
  });
  return getProjectIn(tx, change.userId, project.id);
}

async function defaultAgentOf(tx: Tx, project: Project, ref: string | null | undefined): Promise<string | null> {
  if (ref === undefined) return project.default_agent_id;
  return ref === null ? null : (await resolveAgentIn(tx, project.workspace_id, ref)).id;
}

/** Puts a project into the archive or takes it out; where it is there already nothing changes. */
export async function archiveProject(
  tx: Tx,
  change: ProjectCall & { readonly archived: boolean },
  check: Check,
  actor: Actor,
): Promise<Project> {
  const project = await holdProject(tx, change, 'owner', actor);
  check(project);
  if ((project.archived_at !== null) === change.archived) return project;
  await write(tx, project.id, { archived_at: change.archived ? sql.fragment`now()` : sql.fragment`NULL` });
  tx.journal({
    ...projectFrame(project, actor),
    type: change.archived ? 'project.archived' : 'project.unarchived',
    summary: change.archived ? 'project archived' : 'project taken out of the archive',
    payload: { visibility: project.visibility },
  });
  return getProjectIn(tx, change.userId, project.id);
}

/** Deletes a project: it reads like one that never was, its slug is free, its issues stay and are of no project. */
export async function deleteProject(tx: Tx, call: ProjectCall, check: Check, actor: Actor): Promise<void> {
  const project = await holdProject(tx, call, 'owner', actor);
  check(project);
  const issues = await tx.any(sql`
    SELECT 1 FROM issues WHERE project_id = ${project.id} ORDER BY id FOR UPDATE`);
  await tx.execute(sql`
    UPDATE issues SET project_id = NULL, milestone_id = NULL, updated_at = now() WHERE project_id = ${project.id}`);
  const ofFolders = sql.fragment`project_id = ${project.id} AND kind = ${FOLDER_APPROVAL}`;
  await cancelApprovals(tx, ofFolders, { actor, traceId: null });
  await write(tx, project.id, { deleted_at: sql.fragment`now()` });
  tx.journal({
    ...projectFrame(project, actor),
    severity: 'notice',
    type: 'project.deleted',
    summary: 'project deleted',
    payload: { visibility: project.visibility, issues: issues.length },
  });
}

async function write(tx: Tx, id: string, columns: Readonly<Record<string, Fragment>>): Promise<void> {
  const stamped = { ...columns, version: sql.fragment`version + 1`, updated_at: sql.fragment`now()` };
  await tx.execute(sql`UPDATE projects SET ${assignments(stamped)} WHERE id = ${id}`);
}

function refuseVersion({ version: current }: Project, version: number | undefined): void {
  if (version === undefined || version === current) return;
  throw new CrewshipError('version_conflict', `the project is at version ${current}; read it again`, {
    extensions: { current_version: current },
  });
}

/** What of a patch differs from what is there. */
function changesOf(project: Project, patch: Partial<ProjectFields>): Partial<ProjectFields> {
  const entries = Object.entries(patch) as [keyof ProjectFields, unknown][];
  return Object.fromEntries(entries.filter(([name, value]) => value !== undefined && value !== project[name]));
}

function columnsOf(fields: Partial<ProjectFields>): Record<string, Fragment> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name,
        name.endsWith('_date') ? sql.fragment`${value as string | null}::date` : sql.fragment`${value}`,
      ]),
  );
}

function slugOf({ name, visibility }: Pick<ProjectFields, 'name' | 'visibility'>): string {
  return projectSlug(name, visibility, randomBytes(4).toString('hex'));
}

function throwSlugConflict(error: unknown): never {
  if (!isUniqueViolation(error, 'projects_slug_live')) throw error;
  throw new CrewshipError('conflict', 'a project with this name’s slug exists', {
    fields: [{ path: 'name', message: 'makes a slug that is taken' }],
    cause: error,
  });
}

async function refuseForeignLead(
  tx: Tx,
  workspaceId: string,
  { lead_type: type, lead_id: id }: Pick<ProjectFields, 'lead_type' | 'lead_id'>,
): Promise<void> {
  if ((type === null) !== (id === null)) throw invalidField('lead_id', 'goes with lead_type: both or neither');
  if (type === null) return;
  const found = await tx.maybeOne(
    type === 'agent'
      ? sql`SELECT 1 FROM agents WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`
      : sql`SELECT 1 FROM memberships WHERE user_id = ${id} AND workspace_id = ${workspaceId}`,
  );
  if (found === null) throw invalidField('lead_id', `names no ${type} of this workspace`);
}
