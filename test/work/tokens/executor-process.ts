/** Executes approved requests of a project, many at once and in any order, until none is left; then waits. */
import { executeTokenRequest, failTokenRequest } from '../../../commands/work/tokens/execute-token-request.ts';
import { internalLedger } from '../../../commands/work/tokens/internal-ledger.ts';
import { openDatabase } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { LedgerRefused } from '../../../domain/work/tokens/ledger-rules.ts';
import { testPools } from '../../support/test-database.ts';

const { APP_URL, SYSTEM_URL, WORKSPACE_ID, PROJECT_ID, USER_ID } = process.env as Record<string, string>;
const db = await openDatabase(testPools({ appUrl: APP_URL!, systemUrl: SYSTEM_URL! }, { writePoolSize: 8 }));
const scope = { workspaceIds: [WORKSPACE_ID!] };

async function execute(requestId: string): Promise<void> {
  const call = { projectId: PROJECT_ID!, userId: USER_ID!, requestId };
  try {
    await db.transaction(scope, (tx) => executeTokenRequest(tx, internalLedger, call, orchestratorActor()));
  } catch (error) {
    if (error instanceof LedgerRefused) {
      await db.transaction(scope, (tx) => failTokenRequest(tx, { ...call, reason: error.reason }, orchestratorActor()));
    } else if (!(error instanceof CrewshipError && error.code === 'wrong_state')) throw error;
  }
}

// Without it nothing keeps the process once all is done.
setInterval(() => {}, 1_000);
process.send?.({ type: 'ready' });
for (;;) {
  // Others pick the same ones.
  const open = await db.reads.any<{ id: string }>(
    scope.workspaceIds,
    sql`
      SELECT id FROM token_requests WHERE project_id = ${PROJECT_ID!} AND status = 'approved'
      ORDER BY random() LIMIT 50`,
  );
  if (open.length === 0) break;
  await Promise.all(open.map(({ id }) => execute(id)));
}
