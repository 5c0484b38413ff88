import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Label } from '../../../domain/work/issues/issue.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

const MAX_LABELS = 500;

type LabelFields = Pick<Label, 'name' | 'color' | 'label_group'>;
const columns = sql.fragment`id, name, color, label_group`;

function taken(error: unknown): never {
  if (!isUniqueViolation(error, 'labels_name')) throw error;
  throw new CrewshipError('conflict', 'a label with this name exists', {
    fields: [{ path: 'name', message: 'is taken' }],
    cause: error,
  });
}

const frame = (workspaceId: string, id: string, actor: Actor) => ({
  actor,
  workspaceId,
  targetType: 'label',
  targetId: id,
});

/** Throws `conflict` for a taken name and beyond the number that a workspace may have. */
export async function createLabel(
  tx: Tx,
  label: LabelFields & { readonly workspaceId: string; readonly userId: string },
  actor: Actor,
): Promise<Label> {
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*) AS total FROM labels WHERE workspace_id = ${label.workspaceId}`);
  if (total >= MAX_LABELS) throw new CrewshipError('conflict', `a workspace has at most ${MAX_LABELS} labels`);
  const made = await tx
    .one<Label>(sql`
      INSERT INTO labels (id, workspace_id, name, color, label_group, created_by)
      VALUES (${newId()}, ${label.workspaceId}, ${label.name}, ${label.color}, ${label.label_group}, ${label.userId})
      RETURNING ${columns}`)
    .catch(taken);
  const payload = { label_id: made.id };
  tx.journal({ ...frame(label.workspaceId, made.id, actor), type: 'label.created', summary: 'label created', payload });
  return made;
}

/** Throws `not_found`, `conflict` for a taken name. */
export async function updateLabel(
  tx: Tx,
  ref: { readonly workspaceId: string; readonly id: string },
  patch: { readonly [Field in keyof LabelFields]?: LabelFields[Field] | undefined },
  actor: Actor,
): Promise<Label> {
  const set: Record<string, Fragment> = {};
  for (const [name, value] of Object.entries(patch)) if (value !== undefined) set[name] = sql.fragment`${value}`;
  const changedFields = Object.keys(set);
  const changed = await tx
    .maybeOne<Label>(sql`
      UPDATE labels SET ${assignments({ ...set, updated_at: sql.fragment`now()` })}
      WHERE id = ${ref.id} AND workspace_id = ${ref.workspaceId} RETURNING ${columns}`)
    .catch(taken);
  if (changed === null) throw notFound('label');
  tx.journal({
    ...frame(ref.workspaceId, ref.id, actor),
    type: 'label.updated',
    summary: 'label updated',
    payload: { label_id: ref.id, changed_fields: changedFields },
  });
  return changed;
}

/** Takes it off all issues. Throws `not_found`. */
export async function deleteLabel(
  tx: Tx,
  ref: { readonly workspaceId: string; readonly id: string },
  actor: Actor,
): Promise<void> {
  const gone = await tx.execute(sql`DELETE FROM labels WHERE id = ${ref.id} AND workspace_id = ${ref.workspaceId}`);
  if (gone === 0) throw notFound('label');
  const payload = { label_id: ref.id };
  tx.journal({ ...frame(ref.workspaceId, ref.id, actor), type: 'label.deleted', summary: 'label deleted', payload });
}
