import { setTimeout as delay } from 'node:timers/promises';
import type { DurableClient } from './durable-client.ts';
import type { MissionSpec } from './storm-missions.ts';

/** A mission that was started, and its tasks in the order of its spec. */
export interface StartedMission {
  readonly spec: MissionSpec;
  readonly id: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly taskIds: readonly string[];
}

export interface StormCrew {
  readonly id: string;
  readonly workspaceId: string;
  readonly leadId: string;
  /** The lead among them. */
  readonly agentIds: readonly string[];
}

const COMMAND = ['/opt/crewship/bin/node', '/opt/crewship/tools/storm-agent.mjs'];
const LOOK_INTERVAL_MS = 500;

/** Workspaces with crews in them, in turn. */
export async function createCrews(
  client: DurableClient,
  size: { workspaces: number; crews: number; agents: number },
): Promise<readonly StormCrew[]> {
  const workspaces = await Promise.all(
    Array.from({ length: size.workspaces }, (_, number) =>
      client.call<{ id: string }>('POST', '/api/v1/workspaces', {
        body: { name: `Storm ${number + 1}`, slug: `storm-${number + 1}` },
      }),
    ),
  );
  return Promise.all(
    Array.from({ length: size.crews }, async (_, number) => {
      const workspaceId = workspaces[number % workspaces.length]!.id;
      const slug = `crew-${number + 1}`;
      const crew = await client.call<{ id: string }>('POST', '/api/v1/crews', {
        workspaceId,
        body: { name: `Crew ${number + 1}`, slug, container_memory_mb: 1_024, max_concurrent_runs: 4 },
      });
      const agentIds: string[] = [];
      for (let agent = 0; agent < size.agents; agent += 1) {
        const { id } = await client.call<{ id: string }>('POST', '/api/v1/agents', {
          workspaceId,
          body: {
            name: `Agent ${agent + 1} of ${slug}`,
            slug: `${slug}-agent-${agent + 1}`,
            crew_id: crew.id,
            agent_role: agent === 0 ? 'LEAD' : 'AGENT',
            cli_adapter: 'COMMAND',
            command: COMMAND,
            timeout_seconds: 240,
            max_concurrent_runs: 2,
          },
        });
        agentIds.push(id);
      }
      return { id: crew.id, workspaceId, leadId: agentIds[0]!, agentIds };
    }),
  );
}

/** Creates a mission with its tasks and starts it. */
export async function startMission(client: DurableClient, crew: StormCrew, spec: MissionSpec): Promise<StartedMission> {
  const { workspaceId } = crew;
  const base = `/api/v1/crews/${crew.id}/missions`;
  const { id } = await client.call<{ id: string }>('POST', base, {
    workspaceId,
    body: { title: spec.title, lead_agent_id: crew.leadId, timeout_seconds: 1_800 },
  });
  const taskIds: string[] = [];
  for (const [place, task] of spec.tasks.entries()) {
    const created = await client.call<{ id: string }>('POST', `${base}/${id}/tasks`, {
      workspaceId,
      body: {
        title: `${spec.title}, task ${place + 1}`,
        description: JSON.stringify(task.behaviour),
        assigned_agent_id: crew.agentIds[task.agent],
        task_order: place + 1,
        depends_on: task.dependsOn.map((earlier) => taskIds[earlier]),
        max_iterations: task.maxIterations,
      },
    });
    taskIds.push(created.id);
  }
  await client.call('POST', `${base}/${id}/start`, { workspaceId });
  return { spec, id, workspaceId, crewId: crew.id, taskIds };
}

/** Answers what agents ask until told to stop. Returns how many questions it answered. */
export async function answerQuestions(
  client: DurableClient,
  crews: readonly StormCrew[],
  stopped: AbortSignal,
): Promise<number> {
  const answered = new Set<string>();
  while (!stopped.aborted) {
    for (const { id: crewId, workspaceId } of crews) {
      const open = await client.call<{ id: string }[]>('GET', `/api/v1/crews/${crewId}/escalations?status=PENDING`, {
        workspaceId,
      });
      for (const { id } of open) {
        await client.call('PATCH', `/api/v1/escalations/${id}/resolve`, {
          workspaceId,
          body: { resolution: `answer to ${id}` },
        });
        answered.add(id);
      }
    }
    await delay(LOOK_INTERVAL_MS, undefined, { signal: stopped }).catch(() => undefined);
  }
  return answered.size;
}

/**
 * Resolves when no mission of the workspaces is IN_PROGRESS. Rejects when for `stalledMs` none of their tasks moved:
 * how long all of it takes is the machine's doing, standing still is not.
 */
export async function untilSettled(
  client: DurableClient,
  workspaceIds: readonly string[],
  stalledMs: number,
): Promise<void> {
  let seen = '';
  let movedAtMs = performance.now();
  for (;;) {
    const open = await Promise.all(
      workspaceIds.map((workspaceId) =>
        client.call<{ id: string; task_stats: object }[]>('GET', '/api/v1/missions?status=IN_PROGRESS&limit=100', {
          workspaceId,
        }),
      ),
    );
    const missions = open.flat();
    if (missions.length === 0) return;
    const now = JSON.stringify(missions.map(({ id, task_stats: stats }) => [id, stats]));
    if (now !== seen) movedAtMs = performance.now();
    seen = now;
    if (performance.now() - movedAtMs > stalledMs) {
      throw new Error(`${missions.length} missions are not settled, and nothing moved for ${stalledMs} ms`);
    }
    await delay(LOOK_INTERVAL_MS);
  }
}
