import { sql } from '../../db/kernel/sql.ts';
import { makeSidecarPathRows } from '../support/path-rows.ts';
import type { InternalCrew, InternalFixture } from '../support/sidecar-api.ts';

/** One row of a crew of every kind that an internal path can name, by the name of the path parameter. */
export async function createCrewRows(internal: InternalFixture, crew: InternalCrew): Promise<Record<string, string>> {
  const { api } = internal;
  const rows = await makeSidecarPathRows({ api, crew }, internal.routes);
  // As if its container ran: what needs one is judged on its other merits.
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      UPDATE crews SET container_status = 'running', container_id = 'container' WHERE id = ${crew.crewId}`);
  });
  return rows;
}
