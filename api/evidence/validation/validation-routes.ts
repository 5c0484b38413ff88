import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { askJudges } from '../../../commands/evidence/validation/judge-ensemble.ts';
import { logValidation } from '../../../commands/evidence/validation/log-validation.ts';
import { runCheck } from '../../../commands/evidence/validation/run-checks.ts';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { findTaskResult, listValidationLogs } from '../../../db/evidence/validation/validation-logs-store.ts';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type Judgement, outcomeOf, rubricResult } from '../../../domain/evidence/validation/judgement.ts';
import { NO_CONFIG, type ValidationConfig } from '../../../domain/evidence/validation/validation-config.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { roleAllows } from '../../../domain/kernel/access/authority.ts';
import { invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  validateBody,
  validatedAnswer,
  validationConfigAnswer,
  validationConfigBody,
  validationLogsAnswer,
  validationLogsQuery,
} from './validation-schemas.ts';

const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const DOCUMENT = { kind: 'validation', key: '' } as const;
/** All judges together: what is left of half a minute after the checks. */
const JUDGE_MS = 25_000;

/** Contents held against checks and judges: docs/contracts/validation.md. */
export function createValidationRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly llm: Pick<LlmClient, 'completeObject'>;
}): Route[] {
  const { database, llm } = deps;
  const { reads } = database;
  const tags = ['Validation'];
  const read = { access: 'member', action: 'read', scope: 'testing:read' } as const;

  async function readConfig(workspaceId: string): Promise<ValidationConfig & { readonly version: number }> {
    const found = await readEffectiveDocument(database, { workspaceId, ...DOCUMENT });
    if (found === null) return { ...NO_CONFIG, version: 0 };
    // What was written passed the schema.
    const body = found.body as unknown as ValidationConfig;
    return { ...body, version: found.source === 'workspace' ? found.version : 0 };
  }

  /** What is validated, and whose it is. Throws `not_found`, `ambiguous_reference`. */
  async function subjectOf(workspaceId: string, body: z.output<typeof validateBody>) {
    const agentId = body.agent === undefined ? null : (await resolveAgent(reads, workspaceId, body.agent)).id;
    if (body.subject === undefined) return { content: body.content ?? '', agentId, taskId: null };
    const task = await findTaskResult(reads, workspaceId, body.subject.id);
    if (task === null) throw notFound('task');
    return { content: task.result, agentId: agentId ?? task.agentId, taskId: body.subject.id };
  }

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/validation/validate',
      operationId: 'validateContent',
      summary: 'Hold a content against checks, and ask judges where a check wants them',
      description:
        'Answered within half a minute: judges that say nothing by then are missing, and `judge.status` tells it. ' +
        'The content is not kept; what came of it is.',
      tags,
      authority: { access: 'member', action: 'participate', scope: 'testing:write' },
      body: validateBody,
      responses: { 200: validatedAnswer },
      errors: ['not_found', 'ambiguous_reference'],
      isLongLived: true,
      handler: async (ctx) => {
        // Judges are not asked twice for one answer.
        const earlier = await ctx.earlier();
        if (earlier !== null) return earlier;
        const { body, workspace, principal } = ctx;
        const config = await readConfig(workspace.id);
        const { content, agentId, taskId } = await subjectOf(workspace.id, body);
        const checks = body.checks ?? config.checks;
        const judge = body.judge ?? config.judge;
        const wantsJudge = checks.some(({ kind }) => kind === 'rubric');
        if (wantsJudge && judge === null) throw invalidField('judge', 'is needed for a check `rubric`');
        const results = checks.flatMap((check) =>
          check.kind === 'rubric' ? [] : runCheck(check, { content, context: body.context }),
        );
        let judgement: Judgement | null = null;
        if (wantsJudge && judge !== null) {
          const caller = { workspaceId: workspace.id, requestId: ctx.requestId, userId: principal.userId };
          const fence = randomBytes(8).toString('hex');
          const asked = { content, context: body.context, fence };
          judgement = await askJudges(llm, { ...caller, deadlineMs: JUDGE_MS }, judge, asked);
          results.push(rubricResult(judgement, config.pass_score));
        }
        const outcome = outcomeOf(results, config.pass_score);
        return ctx.write(async (tx) => {
          const scored = {
            ...{ workspaceId: workspace.id, userId: principal.userId, agentId, taskId, ...outcome },
            ...{ checks: results, judge: judgement, configVersion: config.version },
            contentSha256: createHash('sha256').update(content).digest('hex'),
          };
          const logId = await logValidation(tx, scored, ctx.actor);
          return ok({ ...outcome, checks: results, judge: judgement, log_id: logId });
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/validation/logs',
      operationId: 'listValidationLogs',
      summary: 'List what was validated, newest first',
      description: 'MANAGER and above see all, others what they asked for.',
      tags,
      authority: read,
      query: validationLogsQuery,
      responses: { 200: validationLogsAnswer },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { agent, passed, subject_type: subjectType, from, to, limit, offset } = ctx.query;
        const seesAll = roleAllows(ctx.workspace.role, { action: 'create' });
        const filter = {
          createdBy: seesAll ? null : (ctx.principal.userId ?? ''),
          passed: passed === undefined ? undefined : passed === 'true',
          agentId: agent === undefined ? undefined : (await resolveAgent(reads, ctx.workspace.id, agent)).id,
          ...{ subjectType, from, to },
        };
        const page = await listValidationLogs(reads, ctx.workspace.id, filter, ctx.query);
        const items = page.rows.map(({ subject_type: type, subject_id: id, ...log }) => ({
          ...log,
          subject: type === null || id === null ? null : { type, id },
        }));
        return ok({ items, total: page.total, limit, offset }, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/validation/config',
      operationId: 'getValidationConfig',
      summary: 'Show how the workspace validates contents',
      tags,
      authority: read,
      responses: { 200: validationConfigAnswer },
      handler: async (ctx) => ok(await readConfig(ctx.workspace.id)),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/validation/config',
      operationId: 'putValidationConfig',
      summary: 'Say how the workspace validates contents, in place of all that was said',
      description: 'Earlier versions are kept.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'testing:write' },
      body: validationConfigBody,
      responses: { 200: validationConfigAnswer },
      errors: ['version_conflict'],
      handler: (ctx) => {
        const { version, ...body } = ctx.body;
        for (const check of body.checks) {
          if (check.kind === 'json_schema') runCheck(check, { content: '', context: '' });
        }
        return ctx.write(async (tx) => {
          const ref = { workspaceId: ctx.workspace.id, ...DOCUMENT };
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          return ok({ ...body, version: saved.version });
        });
      },
    }),
  ];
}
