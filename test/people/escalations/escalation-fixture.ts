import { openEscalation } from '../../../commands/engine/escalations/open-escalation.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { ApiCrew } from '../../support/mission-crew.ts';

/** Opens a question of the crew's lead in the chat of a mission; returns its id. */
export async function askPeople(
  database: Database,
  crew: ApiCrew,
  chatId: string,
  reason = 'Which way?',
  runId: string | null = null,
): Promise<string> {
  const opened = await database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    openEscalation(
      tx,
      {
        workspaceId: crew.workspaceId,
        crewId: crew.crewId,
        fromSlug: crew.lead.slug,
        chatId,
        runId,
        type: 'TEXT',
        reason,
        context: null,
        metadata: null,
      },
      orchestratorActor(),
    ),
  );
  return opened.id;
}

/** Moves a deadline into the past (or by any number of milliseconds from now), as if time had gone by. */
export async function moveDeadline(
  database: Database,
  crew: ApiCrew,
  id: string,
  column: 'deadline_at' | 'answer_deadline_at',
  fromNowMs: number,
): Promise<void> {
  await database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      UPDATE escalations SET ${sql.identifier([column])} = clock_timestamp() + ${fromNowMs} * interval '1 millisecond'
      WHERE id = ${id}`);
  });
}
