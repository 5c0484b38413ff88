import { type Fragment, sql } from '../../kernel/sql.ts';

export const REACH_SOURCES = ['explicit', 'binding', 'crew'] as const;
export type ReachSource = (typeof REACH_SOURCES)[number];

/**
 * All that gives the agent `a` a credential (docs/contracts/credentials.md, Bindings), to be joined laterally: its
 * own grants, the bindings of it, its crew and its workspace, its crew's credentials. The lower `rank` wins a slot;
 * `slot` is null for a crew's, which go by their own names. What was leased to a run reaches that run alone; null:
 * nobody has proven which run asks.
 */
export function reachOfAgent(of: { readonly runId: string | null } | 'every run'): Fragment {
  const runs = of === 'every run' ? sql.fragment`true` : sql.fragment`(g.run_id IS NULL OR g.run_id = ${of.runId})`;
  return sql.fragment`(
  SELECT g.id, g.credential_id, g.env_var_name AS slot, 'explicit' AS source, 1 AS rank, g.priority, g.expires_at,
    g.lease_source, g.lease_issued_at, g.created_at, g.run_id
  FROM credential_grants g WHERE g.agent_id = a.id AND ${runs}
  UNION ALL
  SELECT b.id, b.credential_id, b.slot, 'binding', CASE b.scope WHEN 'AGENT' THEN 2 WHEN 'CREW' THEN 3 ELSE 4 END, 0,
    NULL, NULL, NULL, b.created_at, NULL
  FROM credential_bindings b
  WHERE b.workspace_id = a.workspace_id AND (b.scope = 'WORKSPACE' OR b.crew_id = a.crew_id OR b.agent_id = a.id)
  UNION ALL
  SELECT k.credential_id, k.credential_id, NULL, 'crew', 5, 0, NULL, NULL, NULL, k.created_at, NULL
  FROM credential_crews k WHERE k.crew_id = a.crew_id)`;
}

/** Whether the credential `c` is bound to what the crew holds: to the crew itself or to all of its workspace. */
export function boundToCrew(crewId: string): Fragment {
  return sql.fragment`EXISTS (
    SELECT 1 FROM credential_bindings b
    WHERE b.credential_id = c.id AND (b.scope = 'WORKSPACE' OR b.crew_id = ${crewId}))`;
}
