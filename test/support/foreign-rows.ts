import { sql } from '../../db/kernel/sql.ts';
import { newCheckpointId, newId } from '../../platform/ids/ids.ts';
import type { TestApi, TestUser } from './test-api.ts';

/**
 * One live row of every kind that a path can name, in a workspace of its own, by the name of the path parameter. A new
 * parameter needs a line here, or the tests that walk all routes fail on it.
 */
export async function createForeignRows(api: TestApi): Promise<{ workspaceId: string; ids: Record<string, string> }> {
  const workspaceId = await api.addWorkspace();
  const owner = await api.addMember(workspaceId, 'OWNER');
  const crewId = await createRow(api, owner, '/api/v1/crews', { name: 'Foreign crew', slug: 'foreign-crew' });
  const agentId = await createRow(api, owner, '/api/v1/agents', {
    name: 'Foreign lead',
    slug: 'foreign-lead',
    crew_id: crewId,
    agent_role: 'LEAD',
  });
  const credentialId = await createRow(api, owner, '/api/v1/credentials', { name: 'Foreign key', value: 'secret' });
  const rotationId = await createRow(api, owner, `/api/v1/credentials/${credentialId}/rotate`, { value: 'other' }, 200);
  const assignmentId = await createRow(api, owner, `/api/v1/agents/${agentId}/credentials`, {
    credential_id: credentialId,
    env_var_name: 'FOREIGN_KEY',
  });
  const otherCrewId = await createRow(api, owner, '/api/v1/crews', { name: 'Foreign peer', slug: 'foreign-peer' });
  const connectionId = await createRow(api, owner, '/api/v1/crew-connections', {
    from_crew_id: crewId,
    to_crew_id: otherCrewId,
  });
  const tokenId = await createRow(api, owner, '/api/v1/auth/cli-token', {}, 200);
  const journal = await api.call(owner.token, { method: 'GET', url: '/api/v1/journal?limit=1' });
  const missionId = newId();
  const taskId = newId();
  const runId = newId();
  const escalationId = newId();
  const checkpointId = newCheckpointId();
  const budgetId = newId();
  const approvalId = newId();
  const exposureId = newId();
  await api.database.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO missions (id, workspace_id, crew_id, lead_agent_id, trace_id, title)
      VALUES (${missionId}, ${workspaceId}, ${crewId}, ${agentId}, ${`mission-${missionId}`}, 'Foreign mission')`);
    await tx.execute(sql`
      INSERT INTO tasks (id, workspace_id, mission_id, crew_id, title)
      VALUES (${taskId}, ${workspaceId}, ${missionId}, ${crewId}, 'Foreign task')`);
    await tx.execute(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, started_at)
      VALUES (${runId}, ${workspaceId}, ${agentId}, ${crewId}, 'USER', 'RUNNING', now())`);
    await tx.execute(sql`
      INSERT INTO escalations (id, workspace_id, crew_id, from_name, from_slug, reason, deadline_at, answer_deadline_at)
      VALUES (${escalationId}, ${workspaceId}, ${crewId}, 'Foreign lead', 'foreign-lead', 'Which?', now(),
        now() + interval '1 hour')`);
    await tx.execute(sql`
      INSERT INTO checkpoints (id, workspace_id, crew_id, mission_id, journal_cursor, state)
      VALUES (${checkpointId}, ${workspaceId}, ${crewId}, ${missionId}, 'j_0000000000000000',
        '{"agent_memory": {}, "pending_tasks": [], "open_assignments": [], "crew_container_id": null, "meta": {}}')`);
    await tx.execute(sql`
      INSERT INTO approvals (id, workspace_id, crew_id, kind, subject_type, subject_id, reason, required_authority)
      VALUES (${approvalId}, ${workspaceId}, ${crewId}, 'autonomy_gate', 'agent', ${agentId}, 'Foreign', 'manage')`);
    await tx.execute(sql`
      INSERT INTO port_exposures (id, workspace_id, crew_id, agent_id, container_id, port, token_hash, expires_at)
      VALUES (${exposureId}, ${workspaceId}, ${crewId}, ${agentId}, 'container', 3000,
        sha256(${exposureId}::bytea), now() + interval '1 hour')`);
    await tx.execute(sql`
      INSERT INTO budgets (id, workspace_id, scope_kind, scope_id, budget_window, limit_micros, mode)
      VALUES (${budgetId}, ${workspaceId}, 'crew', ${crewId}, 'day', 1000000, 'hard')`);
  });
  const entryId = journal.json<{ entries: { id: string }[] }>().entries[0]!.id;
  return {
    workspaceId,
    ids: {
      workspaceId,
      crewId,
      agentId,
      tokenId,
      entryId,
      missionId,
      taskId,
      runId,
      escalationId,
      credentialId,
      rotationId,
      assignmentId,
      connectionId,
      checkpointId,
      budgetId,
      // Hosts are no workspace's.
      hostId: 'no-such-host',
      // Images are their hosts': nobody has this one.
      tag: `crewship-cache:${'0'.repeat(12)}`,
      approvalId,
      exposureId,
    },
  };
}

async function createRow(api: TestApi, as: TestUser, url: string, payload: object, status = 201): Promise<string> {
  const response = await api.call(as.token, { method: 'POST', url, payload });
  if (response.statusCode !== status) throw new Error(`${url}: ${response.statusCode} ${response.body}`);
  return response.json<{ id: string }>().id;
}

/** A path with its parameters filled in. */
export function fillPath(url: string, ids: Readonly<Record<string, string>>): string {
  return url.replace(/:([A-Za-z]+)/g, (_match, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`test/support/foreign-rows.ts knows no :${name}`);
    return id;
  });
}
