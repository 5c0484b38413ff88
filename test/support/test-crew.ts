import { createMission, lockMissionOf, startMission } from '../../commands/engine/missions/mission-commands.ts';
import { createTask } from '../../commands/engine/missions/task-commands.ts';
import type { Database } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import { orchestratorActor } from '../../domain/kernel/access/authority.ts';
import { newId } from '../../platform/ids/ids.ts';
import { type WorkspaceRows, workspaceRows } from './world/workspace-rows.ts';

const NODE = '/opt/crewship/bin/node';

export interface TestCrew extends WorkspaceRows {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly leadId: string;
  /** Agents by slug. */
  readonly agents: Readonly<Record<string, string>>;
}

/**
 * A crew whose agents run programs of test/support/agents, in a workspace of its own or beside others in a given one.
 */
export async function createTestCrew(
  db: Database,
  options: {
    agents: Readonly<Record<string, readonly string[]>>;
    timeoutSeconds?: number;
    concurrency?: number;
    workspaceId?: string;
  },
): Promise<TestCrew> {
  const workspaceId = options.workspaceId ?? newId();
  const crewId = newId();
  const suffix = options.workspaceId === undefined ? '' : `-${crewId}`;
  const concurrency = options.concurrency ?? 4;
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`
      INSERT INTO workspaces (id, name, slug) VALUES (${workspaceId}, 'Test', ${workspaceId}) ON CONFLICT DO NOTHING`),
  );
  const agents: Record<string, string> = {};
  await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO crews (id, workspace_id, name, slug, container_memory_mb, max_concurrent_runs)
      VALUES (${crewId}, ${workspaceId}, 'Crew', ${`crew${suffix}`}, 512, ${concurrency})`);
    await tx.execute(sql`
      INSERT INTO slot_scopes (kind, id, workspace_id, capacity)
        VALUES ('crew', ${crewId}, ${workspaceId}, ${concurrency})`);
    for (const [index, [slug, program]] of Object.entries(options.agents).entries()) {
      const id = newId();
      agents[slug] = id;
      await tx.execute(sql`
        INSERT INTO agents (id, workspace_id, crew_id, name, slug, agent_role, cli_adapter, command, timeout_seconds,
          max_concurrent_runs)
        VALUES (${id}, ${workspaceId}, ${crewId}, ${`Agent ${slug}`}, ${`${slug}${suffix}`},
          ${index === 0 ? 'LEAD' : 'AGENT'}, 'COMMAND',
          ${sql.array([NODE, `/opt/crewship/tools/${program[0]}`, ...program.slice(1)], 'text')},
          ${options.timeoutSeconds ?? 60}, ${concurrency})`);
      await tx.execute(sql`
        INSERT INTO slot_scopes (kind, id, workspace_id, capacity)
          VALUES ('agent', ${id}, ${workspaceId}, ${concurrency})`);
    }
  });
  return { workspaceId, crewId, leadId: Object.values(agents)[0]!, agents, ...workspaceRows(db, workspaceId) };
}

export interface TestTask {
  readonly agent: string;
  readonly dependsOn?: readonly string[];
  readonly description?: string;
  readonly maxIterations?: number;
}

const TASKS_PER_TRANSACTION = 20;

/** A mission of named tasks, in PLANNING. Returns the ids of its tasks by name. */
export async function createTestMission(
  db: Database,
  crew: TestCrew,
  tasks: Readonly<Record<string, TestTask>>,
  options: { timeoutMs?: number; description?: string } = {},
): Promise<{ missionId: string; tasks: Readonly<Record<string, string>> }> {
  const scope = { workspaceIds: [crew.workspaceId] };
  const missionId = await db.transaction(scope, (tx) =>
    createMission(
      tx,
      {
        workspaceId: crew.workspaceId,
        crewId: crew.crewId,
        leadAgentId: crew.leadId,
        title: 'Test mission',
        description: options.description ?? null,
        workflowTemplate: null,
        timeoutMs: options.timeoutMs ?? null,
        createdBy: null,
      },
      orchestratorActor(),
    ),
  );
  const ids: Record<string, string> = {};
  const all = [...Object.entries(tasks).entries()];
  // Each task counts itself in the mission's row: a transaction of a thousand would leave it as many versions to pass.
  for (let from = 0; from < all.length; from += TASKS_PER_TRANSACTION) {
    await db.transaction(scope, async (tx) => {
      const mission = await lockMissionOf(tx, crew.crewId, missionId);
      for (const [index, [name, task]] of all.slice(from, from + TASKS_PER_TRANSACTION)) {
        ids[name] = await createTask(
          tx,
          mission,
          {
            title: name,
            description: task.description ?? null,
            assignedAgentId: crew.agents[task.agent]!,
            taskOrder: index,
            dependsOn: (task.dependsOn ?? []).map((dependency) => ids[dependency]!),
            maxIterations: task.maxIterations ?? null,
          },
          orchestratorActor(),
        );
      }
    });
  }
  return { missionId, tasks: ids };
}

export async function startTestMission(
  db: Database,
  crew: TestCrew,
  missionId: string,
  requestId: string | null = null,
): Promise<void> {
  await db.transaction({ workspaceIds: [crew.workspaceId], requestId }, async (tx) => {
    await startMission(tx, await lockMissionOf(tx, crew.crewId, missionId), orchestratorActor());
  });
}

/**
 * Waits for something to become true of the rows. Test code only: the product is told, it never asks again and again.
 * Fails with what was seen last.
 */
export async function eventually<Value>(
  read: () => Promise<Value>,
  isSo: (value: Value) => boolean,
  timeoutMs = 25_000,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isSo(value)) return value;
    if (Date.now() > deadline) throw new Error(`not so after ${timeoutMs} ms: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
