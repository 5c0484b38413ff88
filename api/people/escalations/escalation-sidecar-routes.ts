import type { z } from 'zod';
import { type OpeningLimits, openerOf } from '../../../commands/engine/runs/count-opening.ts';
import { scrubJson } from '../../../platform/scrubber/scrubber.ts';
import { takeAnswers } from '../../../commands/engine/escalations/answer-delivery.ts';
import { markAgentGaveUp } from '../../../commands/engine/escalations/close-escalation.ts';
import { resolutionContext } from '../../../db/people/escalations/escalation-row.ts';
import { openEscalation } from '../../../commands/engine/escalations/open-escalation.ts';
import { readWaitedEscalations, type WaitedEscalation } from '../../../db/people/escalations/read-escalations.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { LLM_BASE_URLS } from '../../../domain/crews/sidecar/llm-paths.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { AGENT_WAIT_SECONDS } from '../../../domain/people/escalations/escalation.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import { type RunWaits, waitingRun } from '../../http/waits/run-waits.ts';
import type { Verdict, Waiters } from '../../http/waits/waiters.ts';
import {
  newEscalationBody,
  openedAnswer,
  proposedCredential,
  waitAnswer,
  waitParams,
  waitQuery,
  waitTimeoutAnswer,
} from './escalation-sidecar-schemas.ts';

type WaitAnswer = z.input<typeof waitAnswer>;

/** No poll outlives the agent's own window by more than this, whatever the row says. */
const LONGEST_POLL_MS = (AGENT_WAIT_SECONDS + 10) * 1_000;

const WARNINGS = {
  EXPIRED: 'nobody answered in time; continue with your best judgement and say so in your result',
  CANCELLED: 'the question was withdrawn; continue with your best judgement and say so in your result',
  UNANSWERED: 'nobody has answered yet; continue with your best judgement and say so in your result',
} as const;

/** A proposed credential as its question shows it. */
function shownOf({ name, type, provider, value }: z.output<typeof proposedCredential>) {
  return { name, type, provider, ...(value === null ? {} : { value: '[REDACTED]' }) };
}

function judge(row: WaitedEscalation | null, crewId: string): Verdict<WaitedEscalation> {
  if (row === null || row.crew_id !== crewId) throw notFound('escalation');
  if (row.status !== 'PENDING' || row.agent_left_ms <= 0) return { answer: row };
  return { lookAgainInMs: row.agent_left_ms };
}

function resolutionOf(keyRing: Pick<KeyRing, 'open'>, row: WaitedEscalation): string {
  if (row.key_of !== null && row.action === 'approve')
    return `the key is not given out: call ${LLM_BASE_URLS[row.key_of]}, where it is added`;
  if (row.sealed_resolution === null) return row.resolution ?? '';
  return keyRing.open(row.sealed_resolution, resolutionContext(row));
}

function closedAnswer(keyRing: Pick<KeyRing, 'open'>, row: WaitedEscalation): WaitAnswer | null {
  switch (row.status) {
    case 'PENDING':
      return null;
    case 'RESOLVED':
      return {
        status: 'RESOLVED',
        resolution: resolutionOf(keyRing, row),
        action: row.action ?? '',
        redirect_to: row.redirect_to,
      };
    case 'EXPIRED':
    case 'CANCELLED':
      return {
        status: row.status,
        resolution: '',
        action: '',
        warning: WARNINGS[row.status],
        agent_action: 'continued_with_warning',
        still_open: false,
      };
  }
}

const UNANSWERED: WaitAnswer = {
  status: 'UNANSWERED',
  resolution: '',
  action: '',
  warning: WARNINGS.UNANSWERED,
  agent_action: 'continued_with_warning',
  still_open: true,
};

/** Escalations as agents open and await them, through their sidecar: docs/contracts/internal-ipc.md, Escalations. */
export function createInternalEscalationRoutes(deps: {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly escalationWaiters: Waiters<WaitedEscalation>;
  readonly openingLimits: OpeningLimits;
  readonly runWaits: RunWaits;
}): Route[] {
  const { database, keyRing, escalationWaiters } = deps;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  const givingUp = new Map<string, Promise<void>>();

  /** The row keeps that its agent stopped waiting; many waiters of one escalation say so once. */
  function giveUp(workspaceId: string, id: string): Promise<void> {
    const running = givingUp.get(id) ?? markAgentGaveUp(database, workspaceId, id).finally(() => givingUp.delete(id));
    givingUp.set(id, running);
    return running;
  }

  /** The agent's window is over. An answer that came while that was written down still counts. */
  async function answerAtDeadline(row: WaitedEscalation): Promise<WaitAnswer> {
    await giveUp(row.workspace_id, row.id);
    const [latest] = await readWaitedEscalations(database.reads, [row.workspace_id], [row.id]);
    return (latest && closedAnswer(keyRing, latest)) ?? UNANSWERED;
  }

  /** Whoever comes back to its question has its late answer: it goes to nobody else then. */
  async function noteLateAnswer(row: WaitedEscalation, principal: InternalPrincipal): Promise<void> {
    const { runId, crewId } = principal;
    if (!row.is_late || runId === null) return;
    await takeAnswers(database, { workspaceId: row.workspace_id, crewId, runId });
  }

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/escalations',
      operationId: 'openEscalation',
      summary: 'Ask people a question',
      description: 'Repeating it with the same Idempotency-Key gives the same escalation.',
      tags,
      authority,
      body: newEscalationBody,
      responses: { 201: openedAnswer },
      errors: ['not_found', 'conflict', 'limit_reached', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal } = ctx;
          // A proposed credential is sealed as it is; the question around it is shown to people and kept.
          const { metadata, ...question } = ctx.body;
          const body = { ...scrubJson(question, []), metadata };
          const proposed = body.type === 'CREDENTIAL' ? proposedCredential.parse(body.metadata) : null;
          const opened = await openEscalation(
            tx,
            {
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              fromSlug: body.from_slug,
              chatId: body.chat_id,
              runId: principal.runId,
              openedBy: openerOf(principal.runId, deps.openingLimits.questions),
              type: body.type,
              reason: body.reason,
              context: body.context,
              metadata: scrubJson(proposed === null ? body.metadata : shownOf(proposed), []),
              credential: proposed === null ? null : { proposed, ring: keyRing },
            },
            ctx.actor,
          );
          return created({
            escalation_id: opened.id,
            status: 'PENDING' as const,
            deadline_at: opened.deadlineAt,
            timeout_seconds: AGENT_WAIT_SECONDS,
            answer_deadline_at: opened.answerDeadlineAt,
          });
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/escalations/:escalationId/wait',
      operationId: 'waitForEscalation',
      summary: 'Wait for the answer to a question',
      description:
        'Answers when the escalation is closed, or with UNANSWERED when the agent’s 300 s are over; it stays open ' +
        'for people then. 503: ask again.',
      tags,
      authority,
      params: waitParams,
      query: waitQuery,
      responses: { 200: waitAnswer, 408: waitTimeoutAnswer },
      handler: async (ctx) => {
        const client = clientGone(ctx.request.raw);
        try {
          const limitMs = ctx.query.timeout_seconds === undefined ? LONGEST_POLL_MS : ctx.query.timeout_seconds * 1_000;
          const wait = () =>
            escalationWaiters.wait<WaitedEscalation>({
              workspaceId: ctx.principal.workspace.id,
              id: ctx.params.escalationId,
              judge: (row) => judge(row, ctx.principal.crewId),
              timeoutMs: limitMs,
              signal: client.signal,
            });
          const end = await deps.runWaits.during(waitingRun(ctx.principal), { limitMs }, wait);
          if (end.kind === 'answer') await noteLateAnswer(end.answer, ctx.principal);
          if (end.kind === 'answer')
            return ok(closedAnswer(keyRing, end.answer) ?? (await answerAtDeadline(end.answer)));
          const error = end.kind === 'timeout' ? 'no answer yet; ask again' : 'the client went away';
          return { status: 408 as const, body: { status: 'TIMEOUT' as const, error } };
        } finally {
          client.release();
        }
      },
    }),
  ];
}
