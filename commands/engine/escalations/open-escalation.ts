import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { AGENT_WAIT_SECONDS, ANSWER_DAYS, type EscalationType } from '../../../domain/people/escalations/escalation.ts';
import { isOver } from '../../../domain/work/missions/mission-status.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { ProposedCredential } from '../../../domain/vault/credentials/credential.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { countOpening, type Opener } from '../runs/count-opening.ts';
import { syncMissionClock } from '../missions/mission-clock.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { tellMission } from '../missions/tell-mission.ts';
import { journalEscalation } from './escalation-journal.ts';
import { tellTurnOfQuestion } from './questions-of-turn.ts';
import { type EscalationRow, escalationColumns } from '../../../db/people/escalations/escalation-row.ts';

export interface NewEscalation {
  readonly workspaceId: string;
  readonly crewId: string;
  /** Who asks, as the agent names itself; checked against the crew's agents. */
  readonly fromSlug: string;
  readonly chatId: string;
  /** The run that asks, proven by its token; null when the sidecar forwarded none. */
  readonly runId: string | null;
  readonly type: EscalationType;
  readonly reason: string;
  readonly context: string | null;
  readonly metadata: JsonObject | null;
  /** The attempt that it is counted for; absent: nobody's, as the product asks by itself. */
  readonly openedBy?: Opener | null;
  /** False: the agent goes on meanwhile. The mission's clock does not stand for it, and the answer is a late one. */
  readonly agentWaits?: boolean;
  /** What a CREDENTIAL escalation proposes, and what seals it; the value is in nothing else of the question. */
  readonly credential?: { readonly proposed: ProposedCredential; readonly ring: Pick<KeyRing, 'seal'> } | null;
}

export interface OpenedEscalation {
  readonly id: string;
  readonly deadlineAt: string;
  readonly answerDeadlineAt: string;
}

/**
 * A mission that ended asks nothing any more. Holding its row until the commit keeps one that is ending from missing
 * this question when it withdraws the others.
 */
async function lockAskingMission(tx: Tx, question: NewEscalation): Promise<MissionRow | null> {
  const chat = await tx.maybeOne<{ mission_id: string | null }>(sql`
    SELECT mission_id FROM chats WHERE id = ${question.chatId} AND crew_id = ${question.crewId}`);
  const mission = chat?.mission_id == null ? null : await lockMission(tx, chat.mission_id);
  if (mission !== null && isOver(mission.status)) throw wrongState('mission', mission.status);
  return mission;
}

/**
 * A question to people, with both clocks set by the database: the agent's (300 s) and the people's (7 days). Its
 * workflow is started by the same commit. Throws `not_found` for an agent or chat that is not this crew's,
 * `wrong_state` when the chat's mission is over, `conflict` for a proposed credential whose name is taken,
 * `limit_reached` and `unauthenticated` as {@link countOpening}.
 */
export async function openEscalation(tx: Tx, question: NewEscalation, actor: Actor): Promise<OpenedEscalation> {
  const agent = await tx.maybeOne<{ id: string; name: string; slug: string }>(sql`
    SELECT id, name, slug FROM agents
    WHERE slug = ${question.fromSlug} AND crew_id = ${question.crewId} AND deleted_at IS NULL`);
  if (agent === null) throw notFound('agent');
  const mission = await lockAskingMission(tx, question);
  await countOpening(tx, 'questions', question.openedBy ?? null);
  const chat = await tx.maybeOne<{ mission_id: string | null }>(sql`
    SELECT mission_id FROM chats
      WHERE id = ${question.chatId} AND (crew_id = ${question.crewId} OR agent_id = ${agent.id})`);
  if (chat === null) throw notFound('chat');
  const run = await tx.maybeOne<{ task_id: string | null }>(sql`
    SELECT task_id FROM runs WHERE id = ${question.runId} AND crew_id = ${question.crewId}`);
  const id = newId();
  if (run !== null && question.agentWaits !== false) await tellTurnOfQuestion(tx, { id, ...question });
  const { workspaceId, crewId, credential = null } = question;
  const credentialId = credential === null ? null : newId();
  if (credential !== null && credentialId !== null) {
    const asking = { workspaceId, crewId, id: agent.id };
    await tx.effects.credentialProposed(tx, { credentialId, agent: asking, ...credential, actor });
  }
  const row = await tx.one<EscalationRow>(sql`
    INSERT INTO escalations (id, workspace_id, crew_id, agent_id, mission_id, task_id, run_id, chat_id, type,
      credential_id, from_name, from_slug, reason, context, metadata, agent_gave_up_at, deadline_at,
      answer_deadline_at)
    VALUES (${id}, ${question.workspaceId}, ${question.crewId}, ${agent.id}, ${chat.mission_id},
      ${run?.task_id ?? null}, ${run === null ? null : question.runId}, ${question.chatId}, ${question.type},
      ${credentialId}, ${agent.name}, ${agent.slug}, ${question.reason}, ${question.context},
      ${question.metadata === null ? null : JSON.stringify(question.metadata)}::jsonb,
      CASE WHEN ${question.agentWaits ?? true} THEN NULL ELSE now() END,
      now() + ${AGENT_WAIT_SECONDS} * interval '1 second', now() + ${ANSWER_DAYS} * interval '1 day')
    RETURNING ${escalationColumns}`);
  journalEscalation(tx, row, { state: 'pending', actor });
  await addInboxItem(tx, {
    workspaceId,
    type: 'escalation.opened',
    subject_type: 'escalation',
    subject_id: row.id,
    crew_id: crewId,
    agentId: agent.id,
    audience_role: 'MANAGER',
    blocking: true,
    payload: { type: row.type, mission_id: row.mission_id },
  });
  tx.enqueue({
    kind: 'workflow',
    workflow: 'escalation',
    address: { workspaceId: row.workspace_id, id: row.id, generation: row.generation },
  });
  // Waiting for people, its attempt may be all that went on.
  if (mission !== null && (await syncMissionClock(tx, mission.id))) tellMission(tx, mission);
  return { id: row.id, deadlineAt: row.deadline_at, answerDeadlineAt: row.answer_deadline_at };
}
