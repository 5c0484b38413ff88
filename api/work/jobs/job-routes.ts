import { pageHeaders } from '../../http/kernel/pagination.ts';
import { z } from 'zod';
import { cancelJob } from '../../../commands/engine/jobs/cancel-job.ts';
import { requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { listJobEvents, listJobs, readJob, readJobIn, type WaitedJob } from '../../../db/work/jobs/read-jobs.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Principal, Role } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { type JobCaller, kindToStart, refuseCanceller, visibleJobs } from '../../../domain/work/jobs/job-access.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import type { JobView } from '../../../domain/work/jobs/job.ts';
import { isJobOver } from '../../../domain/work/jobs/job-status.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { eventsAnswer, lastEventId, streamCredential, wantsEvents } from '../../http/streams/event-stream.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import { accepted, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { openJobEventStream } from './job-event-stream.ts';
import { parseField } from '../../http/kernel/validate.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import type { Verdict, Waiters } from '../../http/waits/waiters.ts';
import {
  cancelJobBody,
  JOB_BODY_BYTES,
  jobAnswer,
  jobEventsAnswer,
  jobEventsQuery,
  jobListAnswer,
  jobParams,
  jobQuery,
  jobsQuery,
  newJobBody,
} from './job-schemas.ts';

/** How long a client waits without looking at the row again. */
const LOOK_AGAIN_MS = 30_000;

const callerOf = (ctx: { principal: Principal; workspace: { role: Role } }): JobCaller => ({
  userId: ctx.principal.userId,
  role: ctx.workspace.role,
  scopes: ctx.principal.scopes,
});

function judge(row: WaitedJob | null): Verdict<null> {
  return row === null || isJobOver(row.status) ? { answer: null } : { lookAgainInMs: LOOK_AGAIN_MS };
}

function found(job: JobView | null): JobView {
  if (job === null) throw notFound('job');
  return job;
}

/** Jobs of every kind: docs/contracts/jobs.md. */
export function createJobRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly jobKinds: JobRegistry;
  readonly jobWaiters: Pick<Waiters<WaitedJob>, 'wait'>;
  readonly realtime: Realtime;
  readonly log: Pick<Logger, 'warn'>;
}): Route[] {
  const { jobKinds, jobWaiters } = deps;
  const { reads } = deps.database;
  const tags = ['Jobs'];
  const read = { access: 'member', action: 'read', scope: 'jobs:read' } as const;
  // What a caller may do to which jobs is the kind's to say.
  const write = { access: 'member', action: 'participate', scope: 'jobs:write' } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/agent-jobs',
      operationId: 'startJob',
      summary: 'Start a job',
      description:
        'The kind decides who may start one and what it takes. 400 `kind_not_creatable` for kinds with a route of ' +
        'their own, 429 `limit_reached` when the workspace has too many jobs that are not over.',
      tags,
      authority: write,
      body: newJobBody(jobKinds),
      responses: { 202: jobAnswer },
      errors: ['kind_not_creatable', 'limit_reached', 'wrong_state'],
      limits: { bodyBytes: JOB_BODY_BYTES },
      handler: async (ctx) => {
        const caller = callerOf(ctx);
        const { body, workspace } = ctx;
        const kind = kindToStart(jobKinds, body.kind, caller);
        const input = parseField(kind.input, body.input, 'input') as JsonObject;
        return ctx.write(async (tx) => {
          const job = await requestJob(tx, {
            workspaceId: workspace.id,
            kind,
            input,
            actor: ctx.actor,
            runAt: body.run_at ?? null,
            deadlineMs: body.deadline_s == null ? null : body.deadline_s * 1_000,
          });
          return accepted(found(await readJobIn(tx, workspace.id, visibleJobs(jobKinds, caller), job.id)));
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/agent-jobs',
      operationId: 'listJobs',
      summary: 'List jobs, newest first',
      description:
        'Those that the caller asked for and those of kinds that the caller may see; for OWNER and ADMIN all.',
      tags,
      authority: read,
      query: jobsQuery,
      responses: { 200: jobListAnswer },
      handler: async (ctx) => {
        const {
          kind: kinds,
          status: statuses,
          project_id: projectId,
          parent_id: parentId,
          mine,
          limit,
          offset,
        } = ctx.query;
        const createdBy = mine === 'true' ? (ctx.principal.userId ?? '') : undefined;
        const filter = { kinds, statuses, projectId, parentId, createdBy };
        const visible = visibleJobs(jobKinds, callerOf(ctx));
        const page = await listJobs(reads, ctx.workspace.id, visible, filter, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/agent-jobs/:jobId',
      operationId: 'getJob',
      summary: 'Say how a job is, or wait for its end',
      tags,
      authority: read,
      params: jobParams,
      query: jobQuery,
      responses: { 200: jobAnswer },
      handler: async (ctx) => {
        const id = ctx.params.jobId;
        const visible = visibleJobs(jobKinds, callerOf(ctx));
        const job = found(await readJob(reads, ctx.workspace.id, visible, id));
        if (ctx.query.wait_s === 0 || isJobOver(job.status)) return ok(job);
        const client = clientGone(ctx.request.raw);
        try {
          const timeoutMs = ctx.query.wait_s * 1_000;
          await jobWaiters.wait({ workspaceId: ctx.workspace.id, id, judge, timeoutMs, signal: client.signal });
        } finally {
          client.release();
        }
        return ok(found(await readJob(reads, ctx.workspace.id, visible, id)));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/agent-jobs/:jobId/events',
      operationId: 'listJobEvents',
      summary: 'List what happened to a job, in order',
      description:
        'Read on with `after_seq` = `next_seq`: no event is passed by. Kept for 30 days after the job’s end. With ' +
        '`Accept: text/event-stream` they are server-sent events, whose ids are their numbers, as they happen: ' +
        '`Last-Event-ID` goes on after one, `event: end` follows the last one, and who comes back after that is ' +
        'answered 204.',
      tags,
      authority: read,
      params: jobParams,
      query: jobEventsQuery,
      responses: { 200: jobEventsAnswer, 204: z.null() },
      isLongLived: true,
      hasEvents: true,
      handler: async (ctx) => {
        const { after_seq: afterSeq, limit } = ctx.query;
        const visible = visibleJobs(jobKinds, callerOf(ctx));
        const { id: workspaceId } = ctx.workspace;
        const job = found(await readJob(reads, workspaceId, visible, ctx.params.jobId));
        if (wantsEvents(ctx.request)) {
          const after = lastEventId(ctx.request.headers['last-event-id']) ?? afterSeq;
          const next = await listJobEvents(reads, workspaceId, job.id, { afterSeq: after, limit: 1 });
          if (isJobOver(job.status) && next.length === 0) return noContent();
          if (ctx.request.method === 'HEAD') return eventsAnswer('');
          const body = openJobEventStream(deps, {
            ...{ workspaceId, credentialId: streamCredential(ctx.principal), jobId: job.id, after },
            read: (from, most) => listJobEvents(reads, workspaceId, job.id, { afterSeq: from, limit: most }),
            readStatus: async () => (await readJob(reads, workspaceId, visible, job.id))?.status ?? null,
          });
          return eventsAnswer(body);
        }
        const events = await listJobEvents(reads, ctx.workspace.id, job.id, { afterSeq, limit });
        return ok({ events, next_seq: events.at(-1)?.seq ?? afterSeq });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/agent-jobs/:jobId/cancel',
      operationId: 'cancelJob',
      summary: 'Cancel a job',
      description:
        'It is cancelled at once if it has not begun, else `cancelling` until nothing of it goes on. Repeating it ' +
        'changes nothing; 409 with `current_status` once it is over.',
      tags,
      authority: write,
      params: jobParams,
      body: cancelJobBody,
      responses: { 202: jobAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const id = ctx.params.jobId;
          const caller = callerOf(ctx);
          const visible = visibleJobs(jobKinds, caller);
          const job = found(await readJobIn(tx, ctx.workspace.id, visible, id));
          refuseCanceller(jobKinds.find(job.kind), job, caller);
          await cancelJob(tx, id, { actor: ctx.actor, reason: ctx.body?.reason ?? null });
          return accepted(found(await readJobIn(tx, ctx.workspace.id, visible, id)));
        }),
    }),
  ];
}
