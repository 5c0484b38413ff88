import { randomBytes } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { slugFromName } from '../../../domain/people/workspaces/slug.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { resolveAgentIn } from '../../../db/crews/agents/resolve-agent-in.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { accessChanged } from '../../../db/people/identity/access-changed.ts';
import { holdWorkspace } from '../../../db/people/members/hold-members.ts';

export interface NewWorkspace {
  readonly name: string;
  /** Omitted: derived from the name and made unique. */
  readonly slug?: string;
  readonly preferredLanguage?: string | null;
  readonly ownerId: string;
  readonly actor: Actor;
}

/** Makes a workspace and its OWNER; a system transaction. Throws `conflict` when a given slug is taken. */
export async function insertWorkspace(tx: Tx, workspace: NewWorkspace): Promise<string> {
  const id = newId();
  const slug = workspace.slug ?? (await freeSlug(tx, workspace.name));
  try {
    await tx.execute(sql`
      INSERT INTO workspaces (id, name, slug, preferred_language)
      VALUES (${id}, ${workspace.name}, ${slug}, ${workspace.preferredLanguage ?? null})`);
  } catch (error) {
    throw slugConflict(error);
  }
  await tx.execute(sql`
    INSERT INTO memberships (id, workspace_id, user_id, role)
      VALUES (${newId()}, ${id}, ${workspace.ownerId}, 'OWNER')`);
  await tx.effects.placeTaken(tx, { kind: 'member' });
  tx.journal(
    auditEntry('created', {
      actor: workspace.actor,
      workspaceId: id,
      targetType: 'workspace',
      targetId: id,
      label: slug,
    }),
  );
  return id;
}

async function freeSlug(tx: Tx, name: string): Promise<string> {
  const first = slugFromName(name, 'workspace');
  const taken = await tx.maybeOne(sql`SELECT 1 FROM workspaces WHERE slug = ${first} AND deleted_at IS NULL`);
  return taken === null ? first : slugFromName(name, 'workspace', randomBytes(3).toString('hex'));
}

export interface WorkspacePatch {
  readonly name?: string;
  readonly slug?: string;
  readonly preferred_language?: string | null;
  readonly allow_privileged_credentials?: boolean;
  readonly run_retention_days?: number | null;
  readonly credential_audit_retention_days?: number;
  readonly audit_log_retention_days?: number;
  /** Id, slug or name; null: nobody. */
  readonly default_agent?: string | null;
}

const PLAIN_FIELDS = [
  'allow_privileged_credentials',
  'run_retention_days',
  'credential_audit_retention_days',
  'audit_log_retention_days',
] as const satisfies readonly (keyof WorkspacePatch)[];

/** Changes a workspace's own fields. Throws `conflict` when the slug is taken. */
export async function updateWorkspace(tx: Tx, workspaceId: string, patch: WorkspacePatch, actor: Actor): Promise<void> {
  const columns: Record<string, Fragment> = { updated_at: sql.fragment`now()` };
  if (patch.name !== undefined) columns.name = sql.fragment`${patch.name}`;
  if (patch.slug !== undefined) columns.slug = sql.fragment`${patch.slug}`;
  if (patch.preferred_language !== undefined) columns.preferred_language = sql.fragment`${patch.preferred_language}`;
  for (const name of PLAIN_FIELDS) {
    if (patch[name] !== undefined) columns[name] = sql.fragment`${patch[name]}`;
  }
  if (patch.default_agent !== undefined) {
    const agent = patch.default_agent === null ? null : await resolveAgentIn(tx, workspaceId, patch.default_agent);
    columns.default_agent_id = sql.fragment`${agent?.id ?? null}`;
  }
  let row: { slug: string } | null;
  try {
    row = await tx.maybeOne<{ slug: string }>(sql`
      UPDATE workspaces SET ${assignments(columns)} WHERE id = ${workspaceId} AND deleted_at IS NULL RETURNING slug`);
  } catch (error) {
    throw slugConflict(error);
  }
  if (row === null) throw notFound('workspace');
  tx.journal(
    auditEntry('updated', {
      actor,
      workspaceId,
      targetType: 'workspace',
      targetId: workspaceId,
      label: row.slug,
      payload: { changed_fields: Object.keys(patch) },
    }),
  );
}

/**
 * Soft-deletes a workspace: nobody enters it any more and its slug is free at once, while its rows stay as they are.
 * Returns who was a member. Throws `invalid_request` when `confirmSlug` is not its slug, `conflict` when it is the
 * only one that `callerId` can enter, also when they delete several at the same moment. A system transaction.
 */
export async function deleteWorkspace(
  tx: Tx,
  workspace: { readonly id: string; readonly confirmSlug: string; readonly callerId: string },
  actor: Actor,
): Promise<readonly string[]> {
  const { slug } = await holdWorkspace(tx, workspace.id);
  if (slug !== workspace.confirmSlug) throw invalidField('confirm_slug', 'is not the slug of this workspace');
  await refuseOnlyWorkspace(tx, workspace.callerId, workspace.id);
  await tx.execute(sql`UPDATE workspaces SET deleted_at = now(), updated_at = now() WHERE id = ${workspace.id}`);
  tx.journal(
    auditEntry('deleted', {
      actor,
      workspaceId: workspace.id,
      targetType: 'workspace',
      targetId: workspace.id,
      label: slug,
      payload: { slug },
    }),
  );
  const members = await tx.any<{ user_id: string }>(sql`
    SELECT user_id FROM memberships WHERE workspace_id = ${workspace.id} ORDER BY user_id`);
  for (const { user_id: userId } of members) accessChanged(tx, userId, workspace.id);
  return members.map((member) => member.user_id);
}

/** Whoever deletes workspaces of theirs takes turns on their own row, so each sees what the one before left. */
async function refuseOnlyWorkspace(tx: Tx, userId: string, workspaceId: string): Promise<void> {
  await tx.one(sql`SELECT id FROM users WHERE id = ${userId} FOR NO KEY UPDATE`);
  const other = await tx.maybeOne(sql`
    SELECT 1 FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
    WHERE m.user_id = ${userId} AND m.workspace_id <> ${workspaceId} AND m.disabled_at IS NULL LIMIT 1`);
  if (other === null) throw new CrewshipError('conflict', 'this is your only workspace; make another first');
}

function slugConflict(error: unknown): unknown {
  if (!isUniqueViolation(error, 'workspaces_slug_live')) return error;
  return new CrewshipError('conflict', 'a workspace with this slug exists', {
    fields: [{ path: 'slug', message: 'is taken' }],
    cause: error,
  });
}
