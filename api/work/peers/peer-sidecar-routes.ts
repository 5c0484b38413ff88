import { z } from 'zod';
import { type OpeningLimits, openerOf } from '../../../commands/engine/runs/count-opening.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { cancelQuery } from '../../../commands/engine/peers/cancel-query.ts';
import { openPeerRequest } from '../../../commands/engine/peers/open-peer-request.ts';
import { getAssignment, readStandup, type WaitedQuery } from '../../../db/work/peers/read-peer-requests.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { askAgentCall, assignTaskCall, getStandupCall } from '../../../domain/work/peers/peer-calls.ts';
import { MAX_PEER_RESULT_LENGTH, PEER_REQUEST_STATUSES } from '../../../domain/work/peers/peer-request.ts';
import { writeStandup } from '../../../domain/work/peers/standup.ts';
import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import { idField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import { type RunWaits, waitingRun } from '../../http/waits/run-waits.ts';
import type { Verdict, Waiters } from '../../http/waits/waiters.ts';
import { textQuery } from '../../crew-side/caller/text-query.ts';

const DAY_MS = 86_400_000;

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const assignmentBody = assignTaskCall.input(sharedFields).extend({
  actor_agent_id: idField.nullable().default(null).describe('who assigns; default: the agent of the run that asks'),
});

const assignmentAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  chat_id: z.string(),
  assigned_by_id: z.string().nullable(),
  assigned_to_id: z.string(),
  task: z.string(),
  status: z.enum(PEER_REQUEST_STATUSES),
  started_at: timeField.nullable(),
  finished_at: timeField.nullable(),
  result_summary: z.string().nullable(),
  error_message: z.string().nullable(),
  created_at: timeField,
});

const queryAnswer = z.object({
  query_id: z.string(),
  from: z.string().nullable().describe('the agent that asked'),
  target: z.string(),
  question: z.string(),
  response: z.string().max(MAX_PEER_RESULT_LENGTH),
  status: z.literal('COMPLETED'),
});

function judge(row: WaitedQuery | null): Verdict<WaitedQuery> {
  if (row === null) throw notFound('query');
  return isTerminalRun(row.run_status) ? { answer: row } : { lookAgainInMs: Number.POSITIVE_INFINITY };
}

function queryFailed(queryId: string, error: string): CrewshipError {
  return new CrewshipError('query_failed', error, { extensions: { query_id: queryId, error } });
}

/** What agents give each other to do and ask each other: docs/contracts/internal-ipc.md, Assignments and queries. */
export function createInternalPeerRoutes(deps: {
  readonly database: Database;
  readonly queryWaiters: Waiters<WaitedQuery>;
  readonly openingLimits: OpeningLimits;
  readonly runWaits: RunWaits;
}): Route[] {
  const { database, queryWaiters } = deps;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/assignments',
      operationId: 'createAssignment',
      summary: 'Give another agent a task',
      description:
        'It runs beside the asker’s own run, when there is a place. 403 for a crew without connection, a third ' +
        'request in a row (depth 2) and a ninth open one; it names the limit.',
      tags,
      authority,
      body: assignmentBody,
      responses: { 201: z.object({ assignment_id: z.string(), status: z.literal('PENDING') }) },
      errors: ['not_found', 'conflict', 'wrong_state', 'no_live_host', 'limit_reached', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const { id } = await openPeerRequest(
            tx,
            {
              kind: 'assignment',
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              chatId: body.chat_id,
              fromAgentId: body.actor_agent_id ?? principal.agentId,
              fromRunId: principal.runId,
              openedBy: openerOf(principal.runId, deps.openingLimits.requests),
              targetSlug: body.target_slug,
              content: body.task,
              timeoutMs: null,
            },
            ctx.actor,
          );
          return created({ assignment_id: id, status: 'PENDING' as const });
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/assignments/:assignmentId',
      operationId: 'getAssignment',
      summary: 'Where an assignment stands that this crew gave or was given',
      tags,
      authority,
      params: z.object({ assignmentId: idField }),
      responses: { 200: assignmentAnswer },
      handler: async (ctx) => {
        const ref = { crewId: ctx.principal.crewId, assignmentId: ctx.params.assignmentId };
        return ok(await getAssignment(database.reads, ctx.principal.workspace.id, ref));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/queries',
      operationId: 'askAgent',
      summary: 'Ask another agent and wait for its answer',
      description:
        'A run that fails, is cancelled or takes too long is a 500 that names the query. The run of an asker that ' +
        'does not wait any more is stopped. Not repeated by an Idempotency-Key: ask again.',
      tags,
      authority,
      body: askAgentCall.input(sharedFields),
      responses: { 200: queryAnswer },
      errors: ['not_found', 'conflict', 'wrong_state', 'no_live_host', 'limit_reached', 'query_failed'],
      handler: async (ctx) => {
        const { principal, body, actor } = ctx;
        const workspaceId = principal.workspace.id;
        const scope = { workspaceIds: [workspaceId], requestId: ctx.requestId };
        const client = clientGone(ctx.request.raw);
        try {
          const { id } = await database.transaction(scope, (tx) =>
            openPeerRequest(
              tx,
              {
                kind: 'query',
                workspaceId,
                crewId: principal.crewId,
                chatId: body.chat_id,
                fromAgentId: principal.agentId,
                fromRunId: principal.runId,
                openedBy: openerOf(principal.runId, deps.openingLimits.requests),
                targetSlug: body.target_slug,
                content: body.question,
                timeoutMs: body.timeout_seconds * 1_000,
              },
              actor,
            ),
          );
          const drop = () => database.transaction(scope, (tx) => cancelQuery(tx, id, actor));
          const wait = { workspaceId, id, judge, timeoutMs: body.timeout_seconds * 1_000, signal: client.signal };
          const whileAsking = { limitMs: wait.timeoutMs, forAgent: true };
          const end = await deps.runWaits
            .during(waitingRun(principal), whileAsking, () => queryWaiters.wait<WaitedQuery>(wait))
            .catch(async (error: unknown) => {
              // Too many wait here, or this process shuts down: nobody would hear the answer.
              await drop();
              throw error;
            });
          if (end.kind !== 'answer') {
            await drop();
            throw queryFailed(id, 'no answer in time');
          }
          const { run_status: status, result, error_message: errorMessage } = end.answer;
          if (status !== 'COMPLETED') throw queryFailed(id, errorMessage ?? status.toLowerCase());
          return ok({
            query_id: id,
            from: principal.agentId,
            target: body.target_slug,
            question: body.question,
            response: result ?? '',
            status: 'COMPLETED' as const,
          });
        } finally {
          client.release();
        }
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/standup',
      operationId: 'readStandup',
      summary: 'What this crew has been doing, as text for an agent to read',
      tags,
      authority,
      query: textQuery(getStandupCall.input(sharedFields)),
      responses: { 200: z.object({ standup: z.string(), crew_id: z.string(), since: timeField }) },
      handler: async (ctx) => {
        const crewId = ctx.principal.crewId;
        const since = ctx.query.since ?? new Date(Date.now() - DAY_MS).toISOString();
        const items = await readStandup(database.reads, ctx.principal.workspace.id, { crewId, since });
        return ok({ standup: writeStandup(items), crew_id: crewId, since });
      },
    }),
  ];
}
