import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { type AgentFields, type Agent, NEW_AGENT_DEFAULTS } from '../../../domain/crews/agents/agent.ts';
import type { AutonomyLevel } from '../../../domain/crews/autonomy/autonomy.ts';
import { type Crew, type CrewFields, NEW_CREW_DEFAULTS } from '../../../domain/crews/crews/crew.ts';
import { createAgent } from '../agents/agent-commands.ts';
import { createCrew } from '../crews/crew-commands.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { holdForReview, judgeAgentAction, noticeMade } from './autonomy-gate.ts';

/** The crew whose agent makes something, and the agent where its run says so. */
export interface Maker {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
}

export interface Made<Row> {
  readonly row: Row;
  readonly level: AutonomyLevel;
  /** Null when it is live. */
  readonly approvalId: string | null;
}

/**
 * A crew as an agent makes one (docs/contracts/crews-and-agents.md, Autonomy): live or held, as the autonomy of its own
 * crew says. It begins with the defaults, so it has no more autonomy than a person would have given it. Throws
 * `forbidden`, `conflict`.
 */
export async function makeCrew(
  tx: Tx,
  by: Maker,
  fields: Pick<CrewFields, 'name' | 'slug' | 'description' | 'icon' | 'color'>,
  actor: Actor,
): Promise<Made<Crew>> {
  const { level, isHeld, isNoticed } = await judgeAgentAction(tx, by.crewId, 'crew_create');
  const row = await createCrew(tx, by.workspaceId, { ...NEW_CREW_DEFAULTS, ...fields }, actor, { held: isHeld });
  if (isNoticed) await noticeMade(tx, { ...by, subjectType: 'crew', subjectId: row.id });
  if (!isHeld) return { row, level, approvalId: null };
  const held = { ...by, subjectType: 'crew', subjectId: row.id, level, action: 'crew_create' } as const;
  return { row, level, approvalId: await holdForReview(tx, held, actor) };
}

/**
 * An agent in the maker's own crew, live or under review. Throws as {@link makeCrew}, and `conflict` for a second LEAD.
 */
export async function makeAgent(
  tx: Tx,
  by: Maker,
  fields: Pick<AgentFields, 'name' | 'slug'> & Partial<AgentFields>,
  actor: Actor,
): Promise<Made<Agent>> {
  const { level, isHeld, isNoticed } = await judgeAgentAction(tx, by.crewId, 'agent_create');
  const wanted = { ...NEW_AGENT_DEFAULTS, memory_enabled: true, ...fields, crew_id: by.crewId };
  const row = await createAgent(tx, by.workspaceId, wanted, actor, isHeld ? 'PENDING_REVIEW' : 'IDLE');
  if (isNoticed) await noticeMade(tx, { ...by, subjectType: 'agent', subjectId: row.id });
  if (!isHeld) return { row, level, approvalId: null };
  const held = { ...by, subjectType: 'agent', subjectId: row.id, level, action: 'agent_create' } as const;
  return { row, level, approvalId: await holdForReview(tx, held, actor) };
}
