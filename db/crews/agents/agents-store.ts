import type { Agent, AgentFields } from '../../../domain/crews/agents/agent.ts';
import { secondLead } from '../../../domain/crews/agents/agent.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { isUniqueViolation } from '../../kernel/database-errors.ts';
import { circuitColumn } from './circuit-column.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { pickReference } from '../../kernel/references.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = newestFirst('a');

const columns = sql.fragment`
  a.id, a.workspace_id, a.crew_id, a.name, a.slug, a.agent_role, a.lead_mode, a.status, a.paused_at, a.cli_adapter,
  a.command, a.llm_provider, a.llm_model, a.tool_profile, a.timeout_seconds, a.max_concurrent_runs, a.memory_enabled,
  a.description, a.role_title, a.system_prompt, a.avatar_seed, a.avatar_style, a.created_by AS created_by_user_id,
  a.sealed_webhook_secret IS NOT NULL AS webhook_secret_set,
  a.created_at, a.updated_at, ${circuitColumn},
  CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('id', c.id, 'name', c.name, 'slug', c.slug) END AS crew`;

const source = sql.fragment`
  agents a LEFT JOIN crews c ON c.workspace_id = a.workspace_id AND c.id = a.crew_id AND c.deleted_at IS NULL`;

/** Live agents of a workspace, or of one of its crews, newest first. */
export async function listAgents(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string | null; readonly search?: string | undefined },
  page: PageRequest,
): Promise<Page<Agent>> {
  const where = sql.fragment`a.workspace_id = ${workspaceId} AND a.deleted_at IS NULL
    ${filter.crewId === null ? sql.fragment`` : sql.fragment`AND a.crew_id = ${filter.crewId}`}
    ${
      filter.search === undefined
        ? sql.fragment``
        : sql.fragment`AND (strpos(lower(a.name), lower(${filter.search})) > 0
            OR strpos(a.slug, lower(${filter.search})) > 0)`
    }`;
  return readPage<Agent>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM ${source} WHERE ${where} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM agents a WHERE ${where}`,
  );
}

/**
 * The agent that `ref` names: exact id, then slug, then name in any case. Throws `not_found`, `ambiguous_reference`.
 */
export async function resolveAgent(reads: ReadPool, workspaceId: string, ref: string): Promise<Agent> {
  const rows = await reads.any<Agent>(
    [workspaceId],
    sql`
      SELECT ${columns} FROM ${source}
      WHERE a.workspace_id = ${workspaceId} AND a.deleted_at IS NULL
        AND (a.id = ${ref} OR a.slug = ${ref} OR lower(a.name) = lower(${ref}))
      ORDER BY (a.id = ${ref}) DESC, (a.slug = ${ref}) DESC, a.id LIMIT 3`,
  );
  return pickReference('agent', ref, rows);
}

/** Reads the agent with this id inside a transaction. */
export async function getAgentIn(tx: Tx, agentId: string): Promise<Agent> {
  const row = await tx.maybeOne<Agent>(sql`
    SELECT ${columns} FROM ${source} WHERE a.id = ${agentId} AND a.deleted_at IS NULL`);
  if (row === null) throw notFound('agent');
  return row;
}

/** Column values of the fields a caller sets. */
export function agentColumns(fields: Partial<AgentFields>): Record<string, Fragment> {
  const set: Record<string, Fragment> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    set[name] = Array.isArray(value)
      ? sql.fragment`${sql.array(value, 'text')}`
      : sql.fragment`${value as string | number | boolean | null}`;
  }
  return set;
}

/** The conflict of a taken slug or a second LEAD; any other error as it came. */
export function agentConflict(error: unknown): unknown {
  if (isUniqueViolation(error, 'agents_one_lead')) return secondLead();
  if (!isUniqueViolation(error, 'agents_slug_live')) return error;
  return new CrewshipError('conflict', 'an agent with this slug exists', {
    fields: [{ path: 'slug', message: 'is taken' }],
    cause: error,
  });
}
