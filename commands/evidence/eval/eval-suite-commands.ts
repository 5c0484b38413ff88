import type { Thresholds } from '../../../domain/evidence/eval/compare-metrics.ts';
import { type EvalSuite, MOST_SUITES, type SuiteCase } from '../../../domain/evidence/eval/eval-suite.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { lockEvalSuite } from '../../../db/evidence/eval/eval-suites-store.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** What people say of a suite. */
export type SuiteFields = Pick<EvalSuite, 'name' | 'thresholds' | 'cases'>;

/** Whose suite it is. */
interface Owner {
  readonly workspaceId: string;
  readonly actor: Actor;
}

/** Throws `invalid_request` for a baseline that is no mission of the workspace, and for two cases of one name. */
async function refuseWrongCases(tx: Tx, workspaceId: string, cases: readonly SuiteCase[]): Promise<void> {
  const names = cases.map(({ name }) => name);
  const twice = names.findIndex((name, place) => names.indexOf(name) !== place);
  if (twice !== -1) throw invalidField(`cases.${twice}.name`, 'is the name of another case');
  const ids = cases.map(({ baseline_mission_id: id }) => id);
  const found = await tx.any<{ id: string }>(sql`
    SELECT id FROM missions WHERE workspace_id = ${workspaceId} AND id = ANY (${sql.array(ids, 'text')})`);
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.findIndex((id) => !known.has(id));
  if (missing !== -1) throw invalidField(`cases.${missing}.baseline_mission_id`, 'is no mission of this workspace');
}

function throwTaken(error: unknown): never {
  if (!isUniqueViolation(error, 'eval_suites_name_live')) throw error;
  throw new CrewshipError('conflict', 'a suite has this name', {
    fields: [{ path: 'name', message: 'is taken' }],
    cause: error,
  });
}

const jsonOf = (thresholds: Thresholds | null) =>
  sql.fragment`${thresholds === null ? null : JSON.stringify(thresholds)}::jsonb`;

/** Throws `invalid_request`, `conflict` for a name that is taken, `limit_reached`. */
export async function createEvalSuite(tx: Tx, fields: SuiteFields, { workspaceId, actor }: Owner): Promise<EvalSuite> {
  await refuseWrongCases(tx, workspaceId, fields.cases);
  const { suites } = await tx.one<{ suites: number }>(sql`
    SELECT count(*) AS suites FROM eval_suites WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL`);
  if (suites >= MOST_SUITES) throw new CrewshipError('limit_reached', `a workspace has at most ${MOST_SUITES} suites`);
  const id = newId();
  await tx
    .execute(sql`
      INSERT INTO eval_suites (id, workspace_id, name, thresholds, cases, created_by)
      VALUES (${id}, ${workspaceId}, ${fields.name}, ${jsonOf(fields.thresholds)}, ${sql.jsonb(fields.cases)},
        ${actor.type === 'user' ? actor.id : null})`)
    .catch(throwTaken);
  tx.journal({ ...frameOf(id, { workspaceId, actor }), type: 'eval.suite_created', summary: 'eval suite created' });
  return lockEvalSuite(tx, id);
}

/** Throws `not_found`, `version_conflict`, and what {@link createEvalSuite} does. */
export async function updateEvalSuite(
  tx: Tx,
  change: { readonly id: string; readonly patch: Partial<SuiteFields>; readonly version: number | undefined },
  owner: Owner,
): Promise<EvalSuite> {
  const suite = await lockEvalSuite(tx, change.id);
  if (change.version !== undefined && change.version !== suite.version) {
    throw new CrewshipError('version_conflict', `the suite is at version ${suite.version}; read it again`, {
      extensions: { current_version: suite.version },
    });
  }
  const next = { ...suite, ...change.patch };
  const changed = (['name', 'thresholds', 'cases'] as const).filter(
    (field) => JSON.stringify(next[field]) !== JSON.stringify(suite[field]),
  );
  if (changed.length === 0) return suite;
  await refuseWrongCases(tx, owner.workspaceId, next.cases);
  await tx
    .execute(sql`
      UPDATE eval_suites SET name = ${next.name}, thresholds = ${jsonOf(next.thresholds)},
        cases = ${sql.jsonb(next.cases)}, version = version + 1, updated_at = now() WHERE id = ${suite.id}`)
    .catch(throwTaken);
  tx.journal({
    ...frameOf(suite.id, owner),
    type: 'eval.suite_updated',
    summary: 'eval suite updated',
    payload: { changed_fields: changed },
  });
  return lockEvalSuite(tx, suite.id);
}

/** Its runs stay. Throws `not_found`. */
export async function deleteEvalSuite(tx: Tx, id: string, owner: Owner): Promise<void> {
  await lockEvalSuite(tx, id);
  await tx.execute(sql`UPDATE eval_suites SET deleted_at = now(), updated_at = now() WHERE id = ${id}`);
  tx.journal({ ...frameOf(id, owner), type: 'eval.suite_deleted', summary: 'eval suite deleted' });
}

const frameOf = (id: string, { workspaceId, actor }: Owner) => ({
  ...{ actor, workspaceId, targetType: 'eval_suite', targetId: id },
});
