import { bringCrewUp } from '../support/mission-crew.ts';
import { makeSidecarPathRows } from '../support/path-rows.ts';
import type { InternalCrew, InternalFixture } from '../support/sidecar-api.ts';

/** One row of a crew of every kind that an internal path can name, by the name of the path parameter. */
export async function createCrewRows(internal: InternalFixture, crew: InternalCrew): Promise<Record<string, string>> {
  const rows = await makeSidecarPathRows({ api: internal.api, crew }, internal.routes);
  // What needs a container is judged on its other merits.
  await bringCrewUp(crew);
  return rows;
}
