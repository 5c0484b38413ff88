import { addCrew } from './mission-crew.ts';
import { makePathRows } from './path-rows.ts';
import type { TestApi, TestUser } from './test-api.ts';

/** One live row of every kind that a path can name, in a workspace of its own, by the name of the path parameter. */
export async function createForeignRows(
  api: TestApi,
): Promise<{ workspaceId: string; owner: TestUser; ids: Record<string, string> }> {
  const crew = await addCrew(api);
  return { workspaceId: crew.workspaceId, owner: crew.owner, ids: await makePathRows({ api, crew }, api.routes) };
}
