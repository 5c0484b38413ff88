import { createHash } from 'node:crypto';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getSkillIn, lockSkill } from '../../../db/crews/skills/skills-store.ts';
import { descriptionQuality, findSigns, spdxOf } from '../../../domain/crews/skills/judge-skill.ts';
import {
  INSTANCE,
  MAX_SKILL_CONTENT_BYTES,
  MAX_SKILL_VERSIONS,
  MAX_SKILLS,
  type ScanStatus,
  type Skill,
  type SkillFields,
  type SkillFile,
  type SkillSource,
} from '../../../domain/crews/skills/skill.ts';
import { type Actor, type Role, roleAllows } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { skillSlugRefusal } from '../../../domain/crews/skills/skill-slug.ts';
import { slugFromName } from '../../../domain/people/workspaces/slug.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { scrubText } from '../../../platform/scrubber/scrubber.ts';

export interface SkillCaller {
  readonly workspaceId: string;
  readonly userId: string | null;
  readonly role: Role;
}

/** Where a skill comes from. */
export interface SkillOrigin {
  readonly source: SkillSource;
  readonly url: string | null;
  /** Which state of what is there. */
  readonly revision: string | null;
}

const BY_PEOPLE: SkillOrigin = { source: 'CUSTOM', url: null, revision: null };

/** What a scan of a skill's texts found. */
interface SkillScan {
  readonly status: ScanStatus;
  readonly findings: readonly string[];
}

/** Throws `invalid_request` for a secret, which agents and everybody who reads the skill would see. */
function scanSkill(
  fields: Pick<SkillFields, 'name' | 'description' | 'content'>,
  files: readonly SkillFile[],
): SkillScan {
  const texts = new Map<string, string>(Object.entries({ content: fields.content, description: fields.description }));
  for (const file of files) texts.set(`files.${file.path}`, Buffer.from(file.content).toString('utf8'));
  for (const [path, text] of texts) {
    if (scrubText(text, []) !== text || /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
      throw invalidField(path, 'must not hold a secret: agents get credentials from the vault');
    }
  }
  const findings = findSigns([fields.name, ...texts.values()]);
  return { status: findings.length === 0 ? 'CLEAN' : 'FLAGGED', findings };
}

/** Throws `invalid_request` for what is not kept: instructions that are too long, a secret. */
export function checkSkill(
  fields: Pick<SkillFields, 'name' | 'description' | 'content'>,
  files: readonly SkillFile[],
): SkillScan {
  refuseTooLong(fields.content);
  return scanSkill(fields, files);
}

/** The columns of fields that are given. */
function columnsOf(fields: Partial<SkillFields>): Record<string, Fragment> {
  const set: Record<string, Fragment> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    set[name] = Array.isArray(value)
      ? sql.fragment`${sql.array(value as string[], 'text')}`
      : sql.fragment`${value as string | null}`;
  }
  if (fields.license !== undefined) set.spdx_license = sql.fragment`${spdxOf(fields.license)}`;
  if (fields.description !== undefined)
    set.description_quality = sql.fragment`${descriptionQuality(fields.description)}`;
  return set;
}

const scanColumns = ({ status, findings }: SkillScan): Record<string, Fragment> => ({
  scan_status: sql.fragment`${status}`,
  scan_findings: sql.fragment`${sql.array([...findings], 'text')}`,
});

/** A slug that is given or follows from the name. Throws `invalid_request`. */
function slugOf(name: string, given: string | undefined): string {
  const slug = given ?? slugFromName(name, '');
  const refusal = skillSlugRefusal(slug);
  if (refusal !== null)
    throw invalidField('slug', given === undefined ? 'must be given: the name makes none' : refusal);
  return slug;
}

/** Throws `invalid_request`. Characters may be several octets, and a column has a limit of those. */
function refuseTooLong(content: string): void {
  if (Buffer.byteLength(content) <= MAX_SKILL_CONTENT_BYTES) return;
  throw invalidField('content', `must be at most ${MAX_SKILL_CONTENT_BYTES} octets`);
}

export function slugTaken(slug: string, cause?: unknown): CrewshipError {
  return new CrewshipError('conflict', 'the workspace has a skill with this slug', {
    fields: [{ path: 'slug', message: 'is taken' }],
    extensions: { reason: 'slug', slug },
    cause,
  });
}

export const mayGiveFlagged = ({ role }: Pick<SkillCaller, 'role'>): boolean => roleAllows(role, { action: 'manage' });

export function flagged(skill: Skill, why: string): CrewshipError {
  return new CrewshipError('forbidden', `a scan has flagged the skill: ${why}`, {
    extensions: { reason: 'flagged', slug: skill.slug, scan_findings: skill.scan_findings },
  });
}

/** Of a version that was just written, where agents have the skill, or the one that it stands before. */
function refuseFlaggedOfAgents(caller: SkillCaller, skill: Skill): void {
  if (skill.scan_status !== 'FLAGGED' || skill.agent_count === 0 || mayGiveFlagged(caller)) return;
  throw flagged(skill, 'agents have one of its slug, so an administrator writes that');
}

async function refuseTooMany(tx: Tx, workspaceId: string): Promise<void> {
  const { count } = await tx.one<{ count: number }>(sql`
    SELECT count(*) AS count FROM skills WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL`);
  if (count < MAX_SKILLS) return;
  throw new CrewshipError('limit_reached', `a workspace has at most ${MAX_SKILLS} skills`, {
    extensions: { limit: MAX_SKILLS },
  });
}

function frame(
  caller: Pick<SkillCaller, 'workspaceId'>,
  skill: { readonly id: string; readonly slug: string },
  actor: Actor,
) {
  return {
    actor,
    workspaceId: caller.workspaceId,
    targetType: 'skill',
    targetId: skill.id,
    named: { skill_id: skill.id, slug: skill.slug },
  };
}

/**
 * Makes a skill of the workspace. Throws `invalid_request`, `conflict` for a taken slug, `limit_reached`, `forbidden`
 * for one that is flagged and would stand before one that agents have.
 */
export async function createSkill(
  tx: Tx,
  caller: SkillCaller,
  given: SkillFields & { readonly slug?: string | undefined; readonly files?: readonly SkillFile[] },
  actor: Actor,
  origin: SkillOrigin = BY_PEOPLE,
): Promise<Skill> {
  const { slug: wanted, files = [], ...fields } = given;
  const slug = slugOf(fields.name, wanted);
  const scan = checkSkill(fields, files);
  await refuseTooMany(tx, caller.workspaceId);
  const id = newId();
  const columns = {
    ...columnsOf(fields),
    ...scanColumns(scan),
    id: sql.fragment`${id}`,
    workspace_id: sql.fragment`${caller.workspaceId}`,
    slug: sql.fragment`${slug}`,
    source: sql.fragment`${origin.source}`,
    source_url: sql.fragment`${origin.url}`,
    source_revision: sql.fragment`${origin.revision}`,
    runtime: sql.fragment`${files.length === 0 ? 'INSTRUCTIONS' : 'SCRIPT'}`,
    created_by: sql.fragment`${caller.userId}`,
  };
  const names = sql.join(
    Object.keys(columns).map((name) => sql.identifier([name])),
    sql.fragment`, `,
  );
  try {
    await tx.execute(sql`INSERT INTO skills (${names}) VALUES (${sql.join(Object.values(columns), sql.fragment`, `)})`);
  } catch (error) {
    if (!isUniqueViolation(error, 'skills_slug_live')) throw error;
    throw slugTaken(slug, error);
  }
  await keepVersion(tx, { ...caller, id, version: 1 }, fields, files);
  const { named, ...rest } = frame(caller, { id, slug }, actor);
  tx.journal({
    ...rest,
    type: 'skill.created',
    summary: `skill ${slug} created`,
    payload: { ...named, source: origin.source, version: 1, scan_status: scan.status },
  });
  const skill = await getSkillIn(tx, caller.workspaceId, id);
  refuseFlaggedOfAgents(caller, skill);
  return skill;
}

/** What was told until now is kept beside what is told from now on; the oldest of many go. */
async function keepVersion(
  tx: Tx,
  skill: Omit<SkillCaller, 'role'> & { readonly id: string; readonly version: number },
  told: Pick<SkillFields, 'name' | 'description' | 'content'>,
  files: readonly SkillFile[],
): Promise<void> {
  const { name, description, content } = told;
  const hash = createHash('sha256').update(JSON.stringify([name, description, content]));
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(JSON.stringify([file.path, file.isExecutable, file.content.length])).update(file.content);
  }
  await tx.execute(sql`
    INSERT INTO skill_versions (workspace_id, skill_id, version, name, description, content, sha256, changed_by,
      created_at)
    VALUES (${skill.workspaceId}, ${skill.id}, ${skill.version}, ${name}, ${description}, ${content},
      ${hash.digest('hex')}, ${skill.userId}, clock_timestamp())`);
  if (files.length > 0) {
    const rows = files.map((file) => ({
      path: file.path,
      content: Buffer.from(file.content).toString('base64'),
      is_executable: file.isExecutable,
    }));
    await tx.execute(sql`
      INSERT INTO skill_files (workspace_id, skill_id, version, path, content, is_executable)
      SELECT ${skill.workspaceId}, ${skill.id}, ${skill.version}, r.path, decode(r.content, 'base64'), r.is_executable
      FROM json_to_recordset(${sql.rows(rows)}) AS r (path text, content text, is_executable boolean)`);
  }
  await tx.execute(sql`
    DELETE FROM skill_versions WHERE skill_id = ${skill.id} AND version <= ${skill.version - MAX_SKILL_VERSIONS}`);
}

/** A skill of the workspace, held. Throws `not_found`, and `forbidden` for one of the instance’s. */
async function holdOwnSkill(tx: Tx, workspaceId: string, id: string): Promise<Skill> {
  const { scope } = await getSkillIn(tx, workspaceId, id);
  if (scope === INSTANCE) {
    throw new CrewshipError('forbidden', 'skills of the instance are changed by nobody; make one of the same slug');
  }
  return lockSkill(tx, workspaceId, id);
}

async function filesOf(tx: Tx, skill: Pick<Skill, 'id' | 'version'>): Promise<readonly SkillFile[]> {
  return tx.any<SkillFile>(sql`
    SELECT path, content, is_executable AS "isExecutable" FROM skill_files
    WHERE skill_id = ${skill.id} AND version = ${skill.version} ORDER BY path`);
}

export interface UpdateOptions {
  readonly check?: (current: Skill) => void;
  /** Which state of its source it is now. */
  readonly revision?: string | null;
}

/**
 * Changes the fields that are given, and all files where `files` are. What agents are told gets a new version. Throws
 * `not_found`, `forbidden`, also for what is flagged of one that agents have, `invalid_request`, what `check` throws.
 */
export async function updateSkill(
  tx: Tx,
  caller: SkillCaller,
  id: string,
  patch: Partial<SkillFields> & { readonly files?: readonly SkillFile[] | undefined },
  actor: Actor,
  { check = () => {}, revision }: UpdateOptions = {},
): Promise<Skill> {
  const current = await holdOwnSkill(tx, caller.workspaceId, id);
  check(current);
  const { files: newFiles, ...fields } = patch;
  const changed = (Object.keys(fields) as (keyof SkillFields)[]).filter(
    (name) => fields[name] !== undefined && JSON.stringify(fields[name]) !== JSON.stringify(current[name]),
  );
  const files = await filesOf(tx, current);
  const isOtherTree = newFiles !== undefined && !isSameTree(files, newFiles);
  if (changed.length === 0 && !isOtherTree) return current;
  const whole = { ...current, ...fields };
  const isToldAnew = isOtherTree || changed.some((name) => ['name', 'description', 'content'].includes(name));
  const version = current.version + (isToldAnew ? 1 : 0);
  const tree = newFiles ?? files;
  const scan = isToldAnew ? scanColumns(checkSkill(whole, tree)) : {};
  const set = assignments({
    ...columnsOf(fields),
    ...scan,
    runtime: sql.fragment`${tree.length === 0 ? 'INSTRUCTIONS' : 'SCRIPT'}`,
    ...(revision === undefined ? {} : { source_revision: sql.fragment`${revision}` }),
    version: sql.fragment`${version}`,
    updated_at: sql.fragment`now()`,
  });
  const done = await tx.execute(sql`UPDATE skills SET ${set} WHERE id = ${id} AND version = ${current.version}`);
  if (done === 0) throw notFound('skill');
  if (isToldAnew) await keepVersion(tx, { ...caller, id, version }, whole, tree);
  const { named, ...rest } = frame(caller, current, actor);
  tx.journal({
    ...rest,
    type: 'skill.updated',
    summary: `skill ${current.slug} changed`,
    payload: { ...named, version, changed_fields: [...changed, ...(isOtherTree ? ['files'] : [])] },
  });
  const skill = await getSkillIn(tx, caller.workspaceId, id);
  if (isToldAnew) refuseFlaggedOfAgents(caller, skill);
  return skill;
}

function isSameTree(one: readonly SkillFile[], other: readonly SkillFile[]): boolean {
  const byPath = new Map(one.map((file) => [file.path, file]));
  return (
    one.length === other.length &&
    other.every((file) => {
      const same = byPath.get(file.path);
      return (
        same !== undefined &&
        same.isExecutable === file.isExecutable &&
        Buffer.compare(Buffer.from(same.content), Buffer.from(file.content)) === 0
      );
    })
  );
}

/** Deletes a skill of the workspace; agents have it no more. Throws `not_found`, `forbidden`. */
export async function deleteSkill(
  tx: Tx,
  caller: Pick<SkillCaller, 'workspaceId'>,
  id: string,
  actor: Actor,
): Promise<void> {
  const skill = await holdOwnSkill(tx, caller.workspaceId, id);
  await tx.execute(sql`DELETE FROM agent_skills WHERE skill_id = ${id}`);
  await tx.execute(sql`DELETE FROM skill_versions WHERE skill_id = ${id}`);
  // Its words go with it; the row says that there was one.
  await tx.execute(sql`
    UPDATE skills SET deleted_at = now(), updated_at = now(), content = '-', description = '-', changelog = NULL
    WHERE id = ${id}`);
  const { named, ...rest } = frame(caller, skill, actor);
  tx.journal({ ...rest, type: 'skill.deleted', summary: `skill ${skill.slug} deleted`, payload: named });
}
