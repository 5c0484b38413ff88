import type { ApiClient } from './api-client.ts';

/** The demo's mission, ready to start. */
export interface ShopMission {
  readonly crewId: string;
  readonly crewSlug: string;
  readonly missionId: string;
  /** Of the mission under the public API. */
  readonly path: string;
}

const NODE = '/opt/crewship/bin/node';

const AGENTS = [
  { slug: 'lead', name: 'Lead', agent_role: 'LEAD', role_title: 'Decides with people' },
  { slug: 'traffic', name: 'Traffic', agent_role: 'AGENT', role_title: 'Measures load and speed' },
  { slug: 'errors', name: 'Errors', agent_role: 'AGENT', role_title: 'Finds what fails' },
] as const;

/** A diamond: the two in the middle run side by side as soon as the first is done. */
const TASKS = [
  { title: 'Collect the access log', agent: 'lead', after: [] },
  { title: 'Measure the traffic', agent: 'traffic', after: ['Collect the access log'] },
  { title: 'Find what fails', agent: 'errors', after: ['Collect the access log'] },
  { title: 'Decide and report', agent: 'lead', after: ['Measure the traffic', 'Find what fails'] },
] as const;

/**
 * A crew of its own for each run of the demo, a LEAD and two agents in it, and a mission of four tasks for them.
 * `programsDir` is where agents find their programs.
 */
export async function createShopMission(api: ApiClient, programsDir: string): Promise<ShopMission> {
  const suffix = Date.now().toString(36);
  const crew = await api.call<{ id: string; slug: string }>('POST', '/api/v1/crews', {
    name: `Shop watch ${suffix}`,
    slug: `shop-watch-${suffix}`,
    container_memory_mb: 2_048,
  });
  const agentIds = new Map<string, string>();
  for (const { slug, ...agent } of AGENTS) {
    const { id } = await api.call<{ id: string }>('POST', '/api/v1/agents', {
      ...agent,
      slug: `${slug}-${suffix}`,
      crew_id: crew.id,
      cli_adapter: 'COMMAND',
      command: [NODE, `${programsDir}/${slug}.mjs`],
      timeout_seconds: 600,
    });
    agentIds.set(slug, id);
  }
  const mission = await createMission(api, crew.id, agentIds);
  return { crewId: crew.id, crewSlug: crew.slug, ...mission };
}

async function createMission(api: ApiClient, crewId: string, agentIds: ReadonlyMap<string, string>) {
  const base = `/api/v1/crews/${crewId}/missions`;
  const { id } = await api.call<{ id: string }>('POST', base, {
    title: 'Is release 2.4 good for the shop?',
    lead_agent_id: agentIds.get('lead'),
    timeout_seconds: 900,
  });
  const taskIds = new Map<string, string>();
  for (const [order, { title, agent, after }] of TASKS.entries()) {
    const task = await api.call<{ id: string }>('POST', `${base}/${id}/tasks`, {
      title,
      assigned_agent_id: agentIds.get(agent),
      task_order: order + 1,
      depends_on: after.map((earlier) => taskIds.get(earlier)),
    });
    taskIds.set(title, task.id);
  }
  return { missionId: id, path: `${base}/${id}` };
}
