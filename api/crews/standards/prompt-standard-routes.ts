import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { listPromptStandards } from '../../../db/crews/standards/list-prompt-standards.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { DEFAULT_STANDARD, promptStandardSchema } from '../../../domain/crews/standards/prompt-standard.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { idField, refField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const standard = promptStandardSchema(sharedFields);
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);

const standardAnswer = standard.extend({
  agent_name: z.string().describe('the agent’s slug; `default`: for agents without one of their own'),
  agent_id: z.string().nullable(),
  version: z.int(),
  updated_by: z.string().nullable(),
  updated_at: timeField,
});

/** What prompts of agents say: docs/contracts/crews-and-agents.md, Prompt standards. */
export function createPromptStandardRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Administration'];
  const authority = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  const url = '/api/v1/prompt-standards';

  /** Throws `not_found`, `ambiguous_reference`. */
  async function agentNamed(workspaceId: string, ref: string) {
    if (ref === DEFAULT_STANDARD) return { agent_name: DEFAULT_STANDARD, agent_id: null };
    const { id, slug } = await resolveAgent(reads, workspaceId, ref);
    return { agent_name: slug, agent_id: id };
  }

  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listPromptStandards',
      summary: 'List what prompts of agents say beside who they are',
      tags,
      authority,
      query: z.object({
        workspace_id: idField.optional(),
        agent: refField.optional().describe('of this one alone, or `default`'),
        ...pageQuery({ defaultLimit: 50 }),
      }),
      responses: {
        200: z.object({ items: z.array(standardAnswer), total: z.int(), limit: z.int(), offset: z.int() }),
      },
      errors: ['not_found', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { agent, limit, offset } = ctx.query;
        const named = agent === undefined ? undefined : await agentNamed(ctx.workspace.id, agent);
        const key = named === undefined ? undefined : (named.agent_id ?? DEFAULT_STANDARD);
        const page = await listPromptStandards(reads, ctx.workspace.id, key, ctx.query);
        const items = page.rows.map(({ body, ...row }) => ({ ...row, ...body, rules: [...body.rules] }));
        return ok({ items, total: page.total, limit, offset }, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'PUT',
      url: `${url}/:agentId`,
      operationId: 'putPromptStandard',
      summary: 'Say what prompts of an agent say, in place of what they said',
      description:
        'Of `default` for agents without one of their own. In force for runs that start from now on, which name its ' +
        'version. Earlier versions are kept.',
      tags,
      authority,
      params: z.object({ agentId: refField.describe('an agent, or `default`') }),
      body: standard
        .extend({ version: z.int().min(0).default(0).describe('the one that was read; 0 where there is none') })
        .meta({
          example: {
            content: 'Answer in plain English.',
            rules: [{ id: 'no-names', text: 'Name no customers.', severity: 'error' }],
            enabled: true,
            version: 0,
          },
        }),
      responses: { 200: standardAnswer, 201: standardAnswer },
      errors: ['not_found', 'ambiguous_reference', 'version_conflict'],
      handler: async (ctx) => {
        const { version, ...body } = ctx.body;
        const named = await agentNamed(ctx.workspace.id, ctx.params.agentId);
        return ctx.write(async (tx) => {
          const key = named.agent_id ?? DEFAULT_STANDARD;
          const ref = { workspaceId: ctx.workspace.id, kind: 'prompt-standard', key };
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          const answer = {
            ...{ ...named, ...body, version: saved.version, updated_at: saved.updatedAt },
            updated_by: ctx.actor.type === 'user' ? ctx.actor.id : null,
          };
          return saved.version === 1 ? created(answer) : ok(answer);
        });
      },
    }),
  ];
}
