import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { listDocumentVersions, readDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  idleParts,
  PIPELINE_POLICY,
  type PipelinePolicy,
  pipelinePolicySchema,
  USUAL_POLICY,
} from '../../../domain/work/pipeline/pipeline-policy.ts';
import { sharedFields, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const policy = pipelinePolicySchema(sharedFields);
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const KIND = { kind: PIPELINE_POLICY, key: '' } as const;

const policyAnswer = policy
  .extend({
    version: z.int().describe('0: nothing was said yet, and this is what holds'),
    updated_by: z.string().nullable(),
    updated_at: timeField.nullable(),
  })
  .meta({ example: { ...USUAL_POLICY, version: 0, updated_by: null, updated_at: null } });

/** What is done for agents' attempts: docs/contracts/missions.md, Pipeline policy. */
export function createPipelinePolicyRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Administration'];
  const authority = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  const url = '/api/v1/pipeline-policy';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'getPipelinePolicy',
      summary: 'Show what is done for agents’ attempts, and what people are asked about',
      tags,
      authority,
      responses: { 200: policyAnswer },
      handler: async (ctx) => {
        const ref = { workspaceId: ctx.workspace.id, ...KIND };
        const [found, [newest]] = await Promise.all([readDocument(reads, ref), listDocumentVersions(reads, ref, 1)]);
        // What was written passed the schema.
        const body = (found?.body ?? USUAL_POLICY) as unknown as z.input<typeof policy>;
        return ok({
          ...body,
          version: found?.version ?? 0,
          updated_by: newest?.createdBy ?? null,
          updated_at: found?.updatedAt ?? null,
        });
      },
    }),
    defineRoute({
      method: 'PUT',
      url,
      operationId: 'putPipelinePolicy',
      summary: 'Say what is done for agents’ attempts, in place of what was said',
      description:
        'In force for runs that start from now on, which name its version. What would have no effect is refused. ' +
        'Earlier versions are kept.',
      tags,
      authority,
      body: policy.extend({ version: z.int().min(0).default(0).describe('the one that was read') }).meta({
        example: {
          ...USUAL_POLICY,
          steps: [
            { id: 'know', kind: 'retrieve', enabled: true, timeout_s: 5, retries: 1 },
            { id: 'work', kind: 'run', enabled: true, timeout_s: 1_800 },
          ],
          version: 0,
        },
      }),
      responses: { 200: policyAnswer },
      errors: ['version_conflict'],
      handler: async (ctx) => {
        const { version, ...body } = ctx.body;
        const idle = idleParts(body);
        if (idle.length > 0) {
          throw new CrewshipError('invalid_request', `${idle[0]!.path}: ${idle[0]!.message}`, { fields: idle });
        }
        return ctx.write(async (tx) => {
          const ref = { workspaceId: ctx.workspace.id, ...KIND };
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          return ok({
            ...(saved.body as unknown as PipelinePolicy),
            ...{ version: saved.version, updated_at: saved.updatedAt },
            updated_by: ctx.actor.type === 'user' ? ctx.actor.id : null,
          });
        });
      },
    }),
  ];
}
