import type { CheckResult, Judgement } from '../../../domain/evidence/validation/judgement.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

export interface ScoredContent {
  readonly workspaceId: string;
  readonly userId: string | null;
  readonly agentId: string | null;
  /** Null: the content was given. */
  readonly taskId: string | null;
  readonly contentSha256: string;
  readonly passed: boolean;
  readonly score: number | null;
  readonly checks: readonly CheckResult[];
  readonly judge: Judgement | null;
  readonly configVersion: number;
}

/** Keeps what came of a validation; its id. */
export async function logValidation(tx: Tx, scored: ScoredContent, actor: Actor): Promise<string> {
  const id = newId();
  await tx.execute(sql`
    INSERT INTO validation_logs (id, workspace_id, created_by, agent_id, subject_type, subject_id, content_sha256,
      passed, score, checks, judge, config_version)
    VALUES (${id}, ${scored.workspaceId}, ${scored.userId}, ${scored.agentId},
      ${scored.taskId === null ? null : 'task'}, ${scored.taskId}, ${scored.contentSha256}, ${scored.passed},
      ${scored.score}, ${sql.jsonb(scored.checks)},
      ${scored.judge === null ? null : JSON.stringify(scored.judge)}::jsonb, ${scored.configVersion})`);
  tx.journal({
    actor,
    workspaceId: scored.workspaceId,
    agentId: scored.agentId,
    taskId: scored.taskId,
    targetType: 'validation_log',
    targetId: id,
    type: 'validation.scored',
    severity: scored.passed ? 'info' : 'notice',
    summary: scored.passed ? 'a content passed its validation' : 'a content did not pass its validation',
    payload: {
      log_id: id,
      passed: scored.passed,
      score: scored.score,
      failed_checks: scored.checks.flatMap((check) => (check.passed ? [] : check.id)),
      low_confidence: scored.judge?.low_confidence ?? null,
    },
  });
  return id;
}
