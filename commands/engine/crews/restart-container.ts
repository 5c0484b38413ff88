import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { requestContainer } from './advance-crew.ts';
import { restartAgents } from './restart-agents.ts';

/**
 * Has a crew's container made anew, which empties what it kept in memory; agents at work are ended and started again in
 * the new one (`error_code: restarted`). Returns how many were at work. Throws `not_found`, and `wrong_state` for a
 * crew that has no container.
 */
export async function restartContainer(tx: Tx, crewId: string, actor: Actor): Promise<{ restarted: number }> {
  const { restarted } = await restartAgents(tx, crewId, actor);
  const crew = await lockCrew(tx, crewId);
  if (crew === null || crew.deleted_at !== null) throw notFound('crew');
  if (crew.container_status === 'stopped' || crew.host_id === null) {
    throw wrongState('crew', crew.container_status, 'the crew has no container');
  }
  await requestContainer(tx, crew, 'restarted');
  return { restarted };
}
