import { recordHostHeartbeat } from '../../commands/engine/hosts/host-heartbeat.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { Mission, Task } from '../../domain/work/missions/mission.ts';
import { startTestApi, type TestApi, type TestUser } from './test-api.ts';
import { type WorkspaceRows, workspaceRows } from './world/workspace-rows.ts';

/** The container of a crew that {@link bringCrewUp} has up. */
export const PLAYED_CONTAINER = 'container';

export { expectStatus } from './world/caller.ts';

/** A workspace with a crew of a LEAD and two agents, ready to be given missions. */
export interface ApiCrew extends WorkspaceRows {
  readonly workspaceId: string;
  readonly owner: TestUser;
  readonly crewId: string;
  readonly lead: { readonly id: string; readonly slug: string };
  readonly agents: readonly { readonly id: string; readonly slug: string }[];
}

/** The public API with one live host. */
export async function startApiWithHost(options: { host?: boolean } = {}): Promise<TestApi> {
  const api = await startTestApi();
  if (options.host !== false) await beatHost(api);
  return api;
}

/** The host is up for another while: what is longer than that says so again. */
export async function beatHost(api: TestApi, slots = 8): Promise<void> {
  await recordHostHeartbeat(api.database, { hostId: 'test-host', architecture: 'x64', engineVersion: '1', slots });
}

export async function addCrew(api: TestApi, workspace?: { workspaceId: string; owner: TestUser }): Promise<ApiCrew> {
  const workspaceId = workspace?.workspaceId ?? (await api.addWorkspace());
  const owner = workspace?.owner ?? (await api.addMember(workspaceId, 'OWNER'));
  const post = (path: string, payload: object) => owner.post<{ id: string; slug: string }>(path, payload);
  const suffix = Math.random().toString(36).slice(2, 8);
  const crew = await post('/crews', { name: 'Crew', slug: `crew-${suffix}` });
  const agent = (name: string, role: 'LEAD' | 'AGENT') =>
    post('/agents', {
      name,
      slug: `${name}-${suffix}`,
      crew_id: crew.id,
      agent_role: role,
      cli_adapter: 'COMMAND',
      command: ['/bin/true'],
    });
  const lead = await agent('lead', 'LEAD');
  const agents = [await agent('one', 'AGENT'), await agent('two', 'AGENT')];
  return { workspaceId, owner, crewId: crew.id, lead, agents, ...workspaceRows(api.database, workspaceId) };
}

/**
 * Has a crew's container up, as its host says once it is. For tests that play the host: where a control worker runs, an
 * attempt's workflow otherwise asks for the container, which no host brings up, and nothing begins until one is there.
 */
export async function bringCrewUp(crew: Pick<ApiCrew, 'crewId' | 'write'>): Promise<void> {
  await crew.write(sql`
    UPDATE crews SET container_status = 'running', container_id = ${PLAYED_CONTAINER} WHERE id = ${crew.crewId}`);
}

/** Makes a mission and, by name, tasks that depend on others of them. */
export async function addMission(
  crew: ApiCrew,
  tasks: Readonly<Record<string, readonly string[]>> = { only: [] },
): Promise<{ id: string; url: string; tasks: Record<string, string> }> {
  const base = `/api/v1/crews/${crew.crewId}/missions`;
  const mission = await crew.owner.post<Mission>(base, { title: 'Mission', lead_agent_id: crew.lead.id });
  const ids: Record<string, string> = {};
  for (const [title, dependsOn] of Object.entries(tasks)) {
    const task = { title, depends_on: dependsOn.map((name) => ids[name]) };
    ids[title] = (await crew.owner.post<Task>(`${base}/${mission.id}/tasks`, task)).id;
  }
  return { id: mission.id, url: `${base}/${mission.id}`, tasks: ids };
}
