import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { appendRunOutput } from '../../../commands/engine/runs/append-run-output.ts';
import { type RunReport, settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import type { NewTurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import { PLAYED_CONTAINER } from '../../support/mission-crew.ts';

/** What a host does with the attempts of turns, for tests without one. */
export function turnsPlayedIn(database: () => Database) {
  const address = (workspaceId: string, id: string) => ({ workspaceId, id, generation: 0 });
  return {
    async begin(workspaceId: string, turn: Pick<Turn, 'run_id'>) {
      const exec = { containerId: PLAYED_CONTAINER, execId: `exec-${turn.run_id}` };
      return recordExec(database(), address(workspaceId, turn.run_id), exec);
    },
    /** The agent writes this, from an offset on. */
    async say(workspaceId: string, turn: Pick<Turn, 'run_id'>, text: string, offset = 0) {
      const turnEvents: NewTurnEvent[] = [{ type: 'message.delta', data: { text } }];
      const nextOffset = offset + Buffer.byteLength(text);
      return appendRunOutput(database(), address(workspaceId, turn.run_id), { offset, nextOffset, text, turnEvents });
    },
    async end(workspaceId: string, turn: Pick<Turn, 'run_id'>, report: Partial<RunReport> = {}) {
      const done: RunReport = { outcome: { kind: 'exited', exitCode: 0, result: 'ok' }, summary: 'Forty-two.' };
      return settleRunRow(database(), address(workspaceId, turn.run_id), { ...done, ...report });
    },
    /** The newest attempt at a turn. */
    async attemptOf(workspaceId: string, turn: Pick<Turn, 'job_id'>): Promise<{ id: string; status: string }> {
      const rows = await database().reads.any<{ id: string; status: string }>(
        [workspaceId],
        sql`SELECT id, status FROM runs WHERE job_id = ${turn.job_id} ORDER BY attempt_no DESC LIMIT 1`,
      );
      return rows[0]!;
    },
  };
}
