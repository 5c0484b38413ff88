import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { type FinishReason, MAX_ANSWER_CHARACTERS } from '../../../domain/conversations/chats/chat.ts';
import type { NewTurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { NO_USAGE, type TokenUsage } from '../../../domain/work/agent-output/agent-event.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import type { TerminalRunStatus } from '../../../domain/work/runs/run-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { moveJob } from '../jobs/move-job.ts';
import { handOnQuestions } from '../escalations/questions-of-run.ts';
import { isTurn } from '../runs/run-journal.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { askCompaction } from './ask-compaction.ts';
import { requestAnswerCheck } from './check-answer.ts';
import { appendTurnEvents } from './turn-events.ts';

export interface TurnEnd {
  readonly status: TerminalRunStatus;
  readonly errorCode: string | null;
  /** The attempt vanished, or is restarted, and gets another one. */
  readonly isReplaced: boolean;
  readonly text: string | null;
  readonly usage: TokenUsage | null;
  readonly costMicros: number;
  readonly outputTruncated: boolean;
}

/** Its attempt has a process: the turn's job runs. */
export async function turnRuns(tx: Tx, run: RunRow): Promise<void> {
  if (!isTurn(run)) return;
  await moveJob(tx, run.job_id, {
    to: 'running',
    event: 'started',
    actor: orchestratorActor(),
    data: { run_id: run.id },
  });
}

/** The attempt that takes the place of one that vanished; it waits for the place that is freed next. */
export async function replaceTurnRun(tx: Tx, run: RunRow, end: Pick<TurnEnd, 'isReplaced'>): Promise<void> {
  if (!isTurn(run) || !end.isReplaced) return;
  const runId = newId();
  await tx.execute(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, chat_id, job_id, trigger_type, triggered_by,
      generation, attempt_no, predecessor_id, timeout_ms, queued_at)
    SELECT ${runId}, workspace_id, agent_id, crew_id, (SELECT host_id FROM crews WHERE crews.id = runs.crew_id),
      chat_id, job_id, trigger_type, triggered_by, generation, attempt_no + 1, id, timeout_ms, clock_timestamp()
    FROM runs WHERE id = ${run.id}`);
  await handOnQuestions(tx, [runId]);
}

/**
 * What the end of a locked attempt means for the turn that it is of: the answer is a message, the job is over, and the
 * chat may be written to again; all in the transaction that settles the attempt, after the engine's other locks.
 */
export async function settleTurn(tx: Tx, run: RunRow, end: TurnEnd): Promise<void> {
  if (!isTurn(run)) return;
  const place = { workspaceId: run.workspace_id, chatId: run.chat_id, jobId: run.job_id, runId: run.id };
  if (end.isReplaced) {
    const data = { reason: end.errorCode ?? 'lost', run_id: run.id, attempt: run.attempt_no };
    await appendTurnEvents(tx, place, [{ type: 'progress', data }]);
    return;
  }
  const job = await lockJob(tx, run.job_id);
  const asked = job?.status === 'cancelling' || end.status === 'CANCELLED';
  const to = asked ? 'cancelled' : end.status === 'COMPLETED' ? 'completed' : 'failed';
  const finishReason = finishOf(to, end);
  const usage = usageOf(end);
  const text = (end.text ?? '').slice(0, MAX_ANSWER_CHARACTERS).toWellFormed();
  const answer = end.status === 'COMPLETED' ? await insertAnswer(tx, run, text, finishReason) : null;
  const result = {
    session_id: run.chat_id,
    run_id: run.id,
    message_id: answer?.id ?? '',
    finish_reason: finishReason,
    usage,
  };
  const errorCode = to === 'failed' ? (end.errorCode ?? 'failed') : null;
  await moveJob(tx, run.job_id, {
    to,
    event: to,
    actor: orchestratorActor(),
    data: { run_id: run.id, ...(errorCode === null ? {} : { error_code: errorCode }) },
    // Of a private session's turn who manages sees the job: its reason is a code and none of its words.
    set:
      to === 'completed'
        ? [sql.fragment`result = ${sql.jsonb(result)}, progress_step = progress_total`]
        : [sql.fragment`error_code = ${errorCode}, error_message = NULL`],
  });
  await tx.execute(sql`
    UPDATE chats SET turn_job_id = NULL, last_activity_at = clock_timestamp(), updated_at = now()
    WHERE id = ${run.chat_id} AND turn_job_id = ${run.job_id}`);
  const events: NewTurnEvent[] = [{ type: 'usage', data: usage }];
  if (answer !== null) {
    events.push({
      type: 'message.completed',
      data: { message_id: answer.id, seq: answer.seq, role: 'assistant', content: text },
    });
  }
  events.push(endEvent(to, { job_id: run.job_id, run_id: run.id, finish_reason: finishReason }, errorCode));
  await appendTurnEvents(tx, place, events);
  await askCompaction(tx, { id: run.chat_id, workspaceId: run.workspace_id });
  if (answer !== null) await requestAnswerCheck(tx, { ...place, messageId: answer.id });
}

async function insertAnswer(
  tx: Tx,
  run: RunRow & { readonly chat_id: string; readonly job_id: string },
  text: string,
  finishReason: FinishReason,
): Promise<{ id: string; seq: number }> {
  const id = newId();
  const { message_seq: seq } = await tx.one<{ message_seq: number }>(sql`
    UPDATE chats SET message_seq = message_seq + 1, message_count = message_count + 1
    WHERE id = ${run.chat_id} RETURNING message_seq`);
  await tx.execute(sql`
    INSERT INTO chat_messages (id, workspace_id, chat_id, seq, role, content, agent_id, job_id, run_id, finish_reason)
    VALUES (${id}, ${run.workspace_id}, ${run.chat_id}, ${seq}, 'assistant', ${text}, ${run.agent_id}, ${run.job_id},
      ${run.id}, ${finishReason})`);
  tx.journal({
    type: 'chat.agent_response',
    transitionId: `chat-${run.chat_id}:message-${seq}`,
    actor: orchestratorActor(),
    workspaceId: run.workspace_id,
    crewId: run.crew_id,
    agentId: run.agent_id,
    targetType: 'chat',
    targetId: run.chat_id,
    traceId: run.id,
    summary: 'answer of an agent',
    payload: { job_id: run.job_id, message_id: id, seq, run_id: run.id, finish_reason: finishReason },
  });
  return { id, seq };
}

function finishOf(to: JobStatus, end: TurnEnd): FinishReason {
  if (to === 'cancelled') return 'cancelled';
  if (to === 'failed') return 'error';
  return end.outputTruncated ? 'length' : 'stop';
}

function usageOf({ usage, costMicros }: TurnEnd) {
  const { inputTokens, outputTokens, cachedInputTokens } = usage ?? NO_USAGE;
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cached_input_tokens: cachedInputTokens,
    cost_usd: (costMicros / 1_000_000).toFixed(6),
  };
}

function endEvent(to: 'completed' | 'failed' | 'cancelled', facts: JsonObject, errorCode: string | null): NewTurnEvent {
  if (to === 'failed') return { type: 'turn.failed', data: { ...facts, error: { code: errorCode ?? 'failed' } } };
  return { type: `turn.${to}`, data: facts };
}
