import type { Crewship } from '../../../clients/typescript/src/index.ts';

/** The demo's mission, ready to start. */
export interface ShopMission {
  readonly crewId: string;
  readonly crewSlug: string;
  readonly missionId: string;
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
export async function createShopMission(crewship: Crewship, programsDir: string): Promise<ShopMission> {
  const suffix = Date.now().toString(36);
  const crew = await crewship.request('POST /api/v1/crews', {
    body: { name: `Shop watch ${suffix}`, slug: `shop-watch-${suffix}`, container_memory_mb: 2_048 },
  });
  const agentIds = new Map<string, string>();
  for (const { slug, ...agent } of AGENTS) {
    const { id } = await crewship.request('POST /api/v1/agents', {
      body: {
        ...agent,
        slug: `${slug}-${suffix}`,
        crew_id: crew.id,
        cli_adapter: 'COMMAND',
        command: [NODE, `${programsDir}/${slug}.mjs`],
        timeout_seconds: 600,
      },
    });
    agentIds.set(slug, id);
  }
  return { crewId: crew.id, crewSlug: crew.slug, missionId: await createMission(crewship, crew.id, agentIds) };
}

async function createMission(crewship: Crewship, crewId: string, agentIds: ReadonlyMap<string, string>) {
  const { id: missionId } = await crewship.request('POST /api/v1/crews/{crewId}/missions', {
    params: { crewId },
    body: {
      title: 'Is release 2.4 good for the shop?',
      lead_agent_id: agentIds.get('lead')!,
      timeout_seconds: 900,
    },
  });
  const taskIds = new Map<string, string>();
  for (const [order, { title, agent, after }] of TASKS.entries()) {
    const task = await crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/tasks', {
      params: { crewId, missionId },
      body: {
        title,
        assigned_agent_id: agentIds.get(agent)!,
        task_order: order + 1,
        depends_on: after.map((earlier) => taskIds.get(earlier)!),
      },
    });
    taskIds.set(title, task.id);
  }
  return missionId;
}
