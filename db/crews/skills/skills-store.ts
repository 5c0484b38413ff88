import {
  INSTANCE,
  type Skill,
  type SkillCategory,
  type SkillHolder,
  SKILL_MATURITIES,
  type SkillMaturity,
  type SkillRuntime,
  type SkillSource,
  type SkillSummary,
} from '../../../domain/crews/skills/skill.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { pickReference } from '../../kernel/references.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** How many of those that have a skill are named with it. */
const MAX_NAMED_HOLDERS = 20;

const maturityRank = sql.fragment`array_position(${sql.array([...SKILL_MATURITIES], 'text')}, s.maturity)`;

const ORDER = listOrder(
  ascending('integer', maturityRank),
  ascending('text', sql.fragment`lower(s.name)`),
  ascending('text', sql.fragment`s.id`),
);

/** Live agents of the workspace that have the skill `s`, or the one that it stands before. */
function holdersOf(workspaceId: string): Fragment {
  return sql.fragment`
    agent_skills h JOIN agents g ON g.id = h.agent_id AND g.deleted_at IS NULL
    JOIN skills k ON k.id = h.skill_id AND k.slug = s.slug
    WHERE h.workspace_id = ${workspaceId} AND h.enabled AND (k.id = s.id OR s.workspace_id <> ${INSTANCE})`;
}

/** Skills `s` that a workspace sees: its own, and the instance's before which none of its own stands. */
function seenBy(workspaceId: string): Fragment {
  return sql.fragment`s.deleted_at IS NULL AND (s.workspace_id = ${workspaceId} OR s.workspace_id = ${INSTANCE}
    AND NOT EXISTS (SELECT FROM skills o WHERE o.workspace_id = ${workspaceId} AND o.slug = s.slug
      AND o.deleted_at IS NULL))`;
}

const holderColumns = (workspaceId: string): Fragment => sql.fragment`
  (SELECT count(DISTINCT g.id) FROM ${holdersOf(workspaceId)}) AS agent_count,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('agent_id', o.id, 'agent_slug', o.slug, 'agent_name', o.name,
      'crew_id', o.crew_id) ORDER BY o.slug, o.id), '[]')
    FROM (SELECT DISTINCT g.id, g.slug, g.name, g.crew_id FROM ${holdersOf(workspaceId)}
      ORDER BY g.slug, g.id ${sql.limit(MAX_NAMED_HOLDERS)}) o) AS installed_on`;

/** `told`: the skill `s` as it is, or its version `v`. */
function summaryColumns(workspaceId: string, told: 's' | 'v' = 's'): Fragment {
  const of = (column: string) => sql.identifier([told, column]);
  return sql.fragment`
    s.id, CASE WHEN s.workspace_id = ${INSTANCE} THEN 'instance' ELSE 'workspace' END AS scope, s.slug, ${of('name')},
    s.display_name, ${of('description')}, s.category, s.source, s.runtime, s.maturity, s.tags, s.icon, s.author,
    s.vendor, s.homepage, s.spdx_license, s.release, s.scan_status, s.description_quality, ${of('version')},
    s.created_by, s.created_at, s.updated_at, ${holderColumns(workspaceId)}`;
}

function wholeColumns(workspaceId: string, told: 's' | 'v' = 's'): Fragment {
  return sql.fragment`
    ${summaryColumns(workspaceId, told)}, ${sql.identifier([told, 'content'])}, s.license, s.source_url,
    s.source_revision, s.changelog, s.dependencies, s.allowed_tools, s.allowed_domains, s.credential_requirements,
    s.scan_findings,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('path', f.path, 'size_bytes', octet_length(f.content),
        'is_executable', f.is_executable) ORDER BY f.path), '[]')
      FROM skill_files f WHERE f.skill_id = s.id AND f.version = ${sql.identifier([told, 'version'])}) AS files`;
}

export interface SkillFilter {
  readonly category?: SkillCategory | undefined;
  readonly source?: SkillSource | undefined;
  readonly maturity?: SkillMaturity | undefined;
  readonly runtime?: SkillRuntime | undefined;
  readonly vendor?: string | undefined;
  /** Part of a name, a slug, a description, or a tag. */
  readonly search?: string | undefined;
  /** Whether an agent has it. */
  readonly installed?: boolean | undefined;
  /** That this agent has. */
  readonly agentId?: string | undefined;
}

/** Without their contents: official ones first, then by name. */
export function listSkills(
  reads: ReadPool,
  workspaceId: string,
  filter: SkillFilter,
  page: PageRequest,
): Promise<Page<SkillSummary>> {
  const { category, source, maturity, runtime, vendor, search, installed, agentId } = filter;
  const conditions = [seenBy(workspaceId)];
  if (category !== undefined) conditions.push(sql.fragment`s.category = ${category}`);
  if (source !== undefined) conditions.push(sql.fragment`s.source = ${source}`);
  if (maturity !== undefined) conditions.push(sql.fragment`s.maturity = ${maturity}`);
  if (runtime !== undefined) conditions.push(sql.fragment`s.runtime = ${runtime}`);
  if (vendor !== undefined) conditions.push(sql.fragment`lower(s.vendor) = lower(${vendor})`);
  if (search !== undefined) {
    conditions.push(sql.fragment`(strpos(lower(s.name), lower(${search})) > 0 OR strpos(s.slug, lower(${search})) > 0
      OR strpos(lower(s.description), lower(${search})) > 0 OR lower(${search}) = ANY (s.tags))`);
  }
  if (installed === true) conditions.push(sql.fragment`EXISTS (SELECT FROM ${holdersOf(workspaceId)})`);
  if (installed === false) conditions.push(sql.fragment`NOT EXISTS (SELECT FROM ${holdersOf(workspaceId)})`);
  if (agentId !== undefined) {
    conditions.push(sql.fragment`EXISTS (SELECT FROM ${holdersOf(workspaceId)} AND g.id = ${agentId})`);
  }
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<SkillSummary>(
    reads,
    [workspaceId],
    sql`
      SELECT ${summaryColumns(workspaceId)}, ${ORDER.key}, count(*) OVER () AS total FROM skills s
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM skills s WHERE ${where}`,
  );
}

/**
 * The skill that `ref` names: exact id, then slug, then name in any case. By its id one is found that another stands
 * before. Throws `not_found`, `ambiguous_reference`.
 */
export async function resolveSkill(reads: ReadPool, workspaceId: string, ref: string): Promise<Skill> {
  const rows = await reads.any<Skill>(
    [workspaceId],
    sql`
      SELECT ${wholeColumns(workspaceId)} FROM skills s
      WHERE s.deleted_at IS NULL AND s.workspace_id IN (${workspaceId}, ${INSTANCE})
        AND (s.id = ${ref} OR ${seenBy(workspaceId)} AND (s.slug = ${ref} OR lower(s.name) = lower(${ref})))
      ORDER BY (s.id = ${ref}) DESC, (s.slug = ${ref}) DESC, s.id LIMIT 3`,
  );
  return pickReference('skill', ref, rows);
}

/** The skill as agents were told it in one of its versions. Throws `not_found`. */
export async function getSkillVersion(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly skillId: string; readonly version: number },
): Promise<Skill> {
  const row = await reads.maybeOne<Skill>(
    [workspaceId],
    sql`
      SELECT ${wholeColumns(workspaceId, 'v')}
      FROM skills s JOIN skill_versions v ON v.skill_id = s.id AND v.version = ${ref.version}
      WHERE s.id = ${ref.skillId} AND s.deleted_at IS NULL AND s.workspace_id IN (${workspaceId}, ${INSTANCE})`,
  );
  if (row === null) throw notFound('skill');
  return row;
}

/** As the transaction has left it. Throws `not_found`. */
export async function getSkillIn(tx: Tx, workspaceId: string, id: string): Promise<Skill> {
  const row = await tx.maybeOne<Skill>(sql`
    SELECT ${wholeColumns(workspaceId)} FROM skills s
    WHERE s.id = ${id} AND s.deleted_at IS NULL AND s.workspace_id IN (${workspaceId}, ${INSTANCE})`);
  if (row === null) throw notFound('skill');
  return row;
}

export interface SkillVersion {
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly sha256: string;
  readonly changed_by: string | null;
  readonly created_at: string;
}

/** What a skill was, the newest first; those that are kept are few. */
export function listSkillVersions(
  reads: ReadPool,
  workspaceId: string,
  skillId: string,
): Promise<readonly SkillVersion[]> {
  return reads.any<SkillVersion>(
    [workspaceId],
    sql`
      SELECT version, name, description, sha256, changed_by, created_at FROM skill_versions
      WHERE skill_id = ${skillId} ORDER BY version DESC`,
  );
}

export interface DiscoveredSkill {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly agents: readonly SkillHolder[];
  readonly score: number;
  readonly changed_at: string;
}

/**
 * The skills that fit a question best, with the agents that have them. A score is from 0 to 1: of the words that name,
 * tags and description share with the question, or of how like the name is to it; without a question each has 1.
 */
export function discoverSkills(
  reads: ReadPool,
  workspaceId: string,
  asked: { readonly question: string | undefined; readonly agentId: string | undefined; readonly limit: number },
): Promise<readonly DiscoveredSkill[]> {
  const { question, agentId, limit } = asked;
  const words = sql.fragment`
    setweight(to_tsvector('english', s.name || ' ' || replace(s.slug, '-', ' ')), 'A')
      || setweight(to_tsvector('english', array_to_string(s.tags, ' ')), 'B')
      || setweight(to_tsvector('english', s.description), 'C')`;
  // Any of its words; 32 makes of a rank what is below 1.
  const any = sql.fragment`
    coalesce(nullif(replace(plainto_tsquery('english', ${question ?? ''})::text, ' & ', ' | '), ''), '')::tsquery`;
  const score =
    question === undefined
      ? sql.fragment`1::double precision`
      : sql.fragment`greatest(ts_rank(${words}, ${any}, 32),
          extensions.similarity(lower(s.name), lower(${question})))::double precision`;
  const wanted =
    agentId === undefined
      ? sql.fragment``
      : sql.fragment`AND EXISTS (SELECT FROM ${holdersOf(workspaceId)} AND g.id = ${agentId})`;
  return reads.any<DiscoveredSkill>(
    [workspaceId],
    sql`
      SELECT s.id, s.slug, s.name, s.description, s.tags, s.score, s.agents,
        greatest(s.updated_at, s.held_at) AS changed_at
      FROM (
        SELECT s.*, round(f.score::numeric, 4)::double precision AS score, ${maturityRank} AS rank,
          (SELECT max(h.created_at) FROM ${holdersOf(workspaceId)}) AS held_at,
          n.installed_on AS agents
        FROM skills s CROSS JOIN LATERAL (SELECT ${score} AS score) f
          CROSS JOIN LATERAL (SELECT ${holderColumns(workspaceId)}) n
        WHERE ${seenBy(workspaceId)} ${wanted} AND f.score > 0.02
      ) s
      ORDER BY s.score DESC, s.rank, lower(s.name), s.id ${sql.limit(limit)}`,
  );
}

/** The same as {@link getSkillIn}, held so that none is changed or deleted meanwhile. Throws `not_found`. */
export async function lockSkill(tx: Tx, workspaceId: string, id: string): Promise<Skill> {
  const row = await tx.maybeOne(sql`
    SELECT 1 FROM skills WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL
    FOR NO KEY UPDATE`);
  if (row === null) throw notFound('skill');
  return getSkillIn(tx, workspaceId, id);
}

/** Of these slugs, those that skills of the workspace have, with where the skills are from. */
export function readOwnSlugs(
  reads: ReadPool,
  workspaceId: string,
  slugs: readonly string[],
): Promise<readonly { readonly slug: string; readonly source_url: string | null }[]> {
  return reads.any(
    [workspaceId],
    sql`
      SELECT slug, source_url FROM skills
      WHERE workspace_id = ${workspaceId} AND slug = ANY (${sql.array([...slugs], 'text')}) AND deleted_at IS NULL`,
  );
}
