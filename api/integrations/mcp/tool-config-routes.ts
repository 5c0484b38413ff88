import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { listToolConfigs } from '../../../db/integrations/mcp/tool-configs-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { CREW_TOOLS } from '../../../domain/integrations/mcp/crew-tools.ts';
import {
  ruleOf,
  TOOL_CONFIG,
  type ToolConfig,
  toolConfigSchema,
} from '../../../domain/integrations/mcp/tool-config.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField, refField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const config = toolConfigSchema(sharedFields);
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const TOOL_NAMES = CREW_TOOLS.map(({ name }) => name);

const configAnswer = z.object({
  team_id: z.string().describe('the workspace'),
  tools: config.shape.tools.describe('every tool that there is, with what holds for it'),
  version: z.int().describe('0: nothing was said yet'),
  updated_by: z.string().nullable(),
  updated_at: timeField.nullable(),
});

/** Every tool, as it is ruled; those of which nothing is said are free. */
function toolsOf(body: ToolConfig | null) {
  return TOOL_NAMES.map((name) => ruleOf(body, name));
}

/** Which tools agents have: docs/contracts/internal-ipc.md, Which tools. */
export function createToolConfigRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const tags = ['Administration'];
  const url = '/api/v1/auth/tool-config';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listToolConfigs',
      summary: 'List what the workspaces that the caller manages say of their agents’ tools',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      query: z.object({ workspace_id: idField.optional(), ...pageQuery({ defaultLimit: 50 }) }),
      responses: {
        200: z.object({ items: z.array(configAnswer), total: z.int(), limit: z.int(), offset: z.int() }),
      },
      handler: async (ctx) => {
        const by = { userId: ctx.principal.userId!, workspaceIds: ctx.memberWorkspaceIds };
        const page = await listToolConfigs(deps.database.reads, by, ctx.query);
        const items = page.rows.map(({ body, ...row }) => ({ ...row, tools: toolsOf(body) }));
        const { limit, offset } = ctx.query;
        return ok({ items, total: page.total, limit, offset }, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'PUT',
      url: `${url}/:workspaceId`,
      operationId: 'putToolConfig',
      summary: 'Say which tools agents of a workspace have, in place of what was said',
      description:
        'Tools that are not named are free. In force for runs that start from now on, which name its version; what ' +
        'is switched off is off at once. Earlier versions are kept.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      params: z.object({ workspaceId: refField }),
      body: config.extend({ version: z.int().min(0).default(0).describe('the one that was read') }).meta({
        example: {
          tools: [
            {
              name: 'create_issue',
              enabled: true,
              approval: 'sync',
              limits: { per_run: 5, per_hour: null },
            },
          ],
          version: 0,
        },
      }),
      responses: { 200: configAnswer },
      errors: ['version_conflict'],
      handler: async (ctx) => {
        const { version, ...body } = ctx.body;
        const unknown = body.tools
          .map(({ name }, index) => ({ path: `tools.${index}.name`, message: 'is no tool of agents', name }))
          .filter(({ name }) => !TOOL_NAMES.includes(name))
          .map(({ path, message }) => ({ path, message }));
        if (unknown.length > 0) {
          throw new CrewshipError('invalid_request', `${unknown[0]!.path}: is no tool of agents`, { fields: unknown });
        }
        return ctx.write(async (tx) => {
          const ref = { workspaceId: ctx.workspace.id, kind: TOOL_CONFIG, key: '' };
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          return ok({
            ...{ team_id: ctx.workspace.id, tools: toolsOf(body), version: saved.version },
            updated_by: ctx.actor.type === 'user' ? ctx.actor.id : null,
            updated_at: saved.updatedAt,
          });
        });
      },
    }),
  ];
}
