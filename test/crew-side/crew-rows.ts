import { sql } from '../../db/kernel/sql.ts';
import { newId } from '../../platform/ids/ids.ts';
import { expectStatus } from '../support/mission-crew.ts';
import type { InternalCrew, InternalFixture } from '../support/sidecar-api.ts';

/**
 * One row of a crew of every kind that an internal path can name, by the name of the path parameter. A new parameter
 * needs a line here, or the tests that walk all routes fail on it.
 */
export async function createCrewRows(internal: InternalFixture, crew: InternalCrew): Promise<Record<string, string>> {
  const { api } = internal;
  const post = async (url: string, payload: object, status = 201) =>
    expectStatus<{ id: string }>(await api.call(crew.owner.token, { method: 'POST', url, payload }), status);
  const { id: credentialId } = await post('/api/v1/credentials', {
    name: `Key of ${crew.crewId}`,
    type: 'API_KEY',
    value: 'sk-test-of-crew',
    crew_ids: [crew.crewId],
  });
  await post(`/api/v1/agents/${crew.lead.id}/webhook-secret/rotate`, {}, 200);
  // Two workspaces may have an issue of the same identifier; here none has another's.
  expectStatus(
    await api.call(crew.owner.token, {
      method: 'PATCH',
      url: `/api/v1/crews/${crew.crewId}`,
      payload: { issue_prefix: crew.crewId.slice(-8) },
    }),
    200,
  );
  const call = async (path: string, body: object) => {
    const answer = await crew.call({ path: `/api/v1/internal/${path}`, body });
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body as Record<string, string>;
  };
  const chatId = `chat-${crew.crewId}`;
  await call('chats', { chat_id: chatId, agent_id: crew.lead.id });
  const { assignment_id: assignmentId } = await call('assignments', {
    target_slug: crew.agents[0]!.slug,
    task: 'Look into it',
    chat_id: crew.missionId,
  });
  const { identifier } = await call('issues', { title: 'An issue' });
  // Nothing is set aside where no budget asks for it.
  await post('/api/v1/paymaster/budgets', {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'day',
    limit_usd: '1000',
  });
  const usage = { provider: 'anthropic', model: 'claude-sonnet-4-5', input_tokens: 10 };
  const { reservation_id: reservationId } = await call('cost/reservations', usage);
  const runId = newId();
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    // As if its container ran: what needs one is judged on its other merits.
    await tx.execute(sql`
      UPDATE crews SET container_status = 'running', container_id = 'container' WHERE id = ${crew.crewId}`);
    await tx.execute(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, reported, started_at)
      VALUES (${runId}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'USER', 'RUNNING', true, now())`);
  });
  return {
    crewId: crew.crewId,
    escalationId: await crew.ask(),
    missionId: crew.missionId,
    runId,
    credentialId,
    agentId: crew.lead.id,
    chatId,
    assignmentId: assignmentId!,
    identifier: identifier!,
    reservationId: reservationId!,
  };
}
