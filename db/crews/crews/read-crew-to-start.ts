import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { workflowScope, type Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';
import type { ContainerFacts } from '../../../domain/crews/crews/container-plan.ts';
import { containerFacts } from './outdated-container.ts';
import { crewColumns, type CrewRow } from './crew-row.ts';

/** What the host needs to make the container of a generation; null when it is no longer wanted, nor its crew. */
export async function readCrewToStart(
  db: Database,
  address: WorkflowAddress,
): Promise<(CrewRow & ContainerFacts) | null> {
  return db.transaction(workflowScope(address), async (tx) =>
    tx.maybeOne<CrewRow & ContainerFacts>(sql`
      SELECT ${crewColumns}, ${containerFacts} FROM crews c
      WHERE c.id = ${address.id} AND c.generation = ${address.generation} AND c.container_status = 'starting'
        AND c.deleted_at IS NULL`),
  );
}
