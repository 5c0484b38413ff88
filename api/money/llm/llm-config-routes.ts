import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findModelCredentials } from '../../../db/money/llm/model-credentials.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { type LlmConfig, llmConfigSchema, namedModels, wrongModels } from '../../../domain/money/llm/llm-config.ts';
import type { RateCard, Rates } from '../../../domain/money/ledger/rate-card.ts';
import { sharedFields, timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const config = llmConfigSchema(sharedFields);
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const KIND = { kind: 'llm', key: '' } as const;

const exampleConfig = {
  default: { provider: 'anthropic', model: 'claude-sonnet-4-5', credential_id: null, base_url: null },
  routes: [],
  embeddings: null,
};

const configAnswer = z
  .object({
    default: config.shape.default.nullable().describe('null: neither the workspace nor the instance has one'),
    routes: config.shape.routes,
    embeddings: config.shape.embeddings,
    version: z.int().describe('of the workspace’s own; 0: it has none, and what is shown is the instance’s'),
    source: z.enum(['workspace', 'instance', 'none']),
    updated_at: timeField.nullable(),
  })
  .meta({ example: { ...exampleConfig, version: 1, source: 'workspace', updated_at: '2026-01-01T00:00:00.000Z' } });

const usd = z.string().describe('US dollars for a million tokens');
const catalogAnswer = z.object({
  models: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      prices: z.object({ input: usd, output: usd, cached_input: usd, cache_creation: usd }),
      source: z.string().describe('where the prices were read, and when'),
    }),
  ),
});

/** A key of the rate card, taken apart: names of models may have slashes, providers have none. */
function modelNamed(key: string): { readonly provider: string; readonly model: string } {
  const slash = key.indexOf('/');
  return { provider: key.slice(0, slash), model: key.slice(slash + 1) };
}

function pricesOf({ input, output, cachedInput, cacheCreation }: Rates) {
  const text = (micros: number) => (micros / 1_000_000).toString();
  return {
    input: text(input),
    output: text(output),
    cached_input: text(cachedInput),
    cache_creation: text(cacheCreation),
  };
}

/** Which models the control plane's own calls go to: docs/contracts/llm.md, Which model. */
export function createLlmConfigRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'systemReads'>;
  readonly rateCard: () => RateCard;
}): Route[] {
  const { database } = deps;
  const tags = ['Administration'];
  const manage = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  const url = '/api/v1/admin/llm-config';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'getLlmConfig',
      summary: 'Show which models Crewship’s own calls go to',
      tags,
      authority: manage,
      responses: { 200: configAnswer },
      handler: async (ctx) => {
        const found = await readEffectiveDocument(database, { workspaceId: ctx.workspace.id, ...KIND });
        if (found === null) {
          return ok({
            default: null,
            routes: [],
            embeddings: null,
            version: 0,
            source: 'none' as const,
            updated_at: null,
          });
        }
        const { source, updatedAt } = found;
        const version = source === 'workspace' ? found.version : 0;
        return ok({ ...(found.body as unknown as LlmConfig), version, source, updated_at: updatedAt });
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${url}/catalog`,
      operationId: 'listLlmCatalog',
      summary: 'List the models that a price is known of',
      description:
        'By provider and name. Prices are US dollars for a million tokens; `*` is every model of a provider.',
      tags,
      authority: manage,
      query: z.object({ provider: z.string().trim().min(1).max(64).optional().describe('of this one alone') }),
      responses: { 200: catalogAnswer },
      handler: (ctx) => {
        const card = deps.rateCard();
        const source = `${card.source} (${card.date})`;
        const wanted = ctx.query.provider?.toLowerCase();
        const models = [...card.models]
          .map(([name, rates]) => ({ ...modelNamed(name), rates }))
          .filter(({ provider }) => wanted === undefined || provider === wanted)
          .sort((a, b) => (`${a.provider}/${a.model}` < `${b.provider}/${b.model}` ? -1 : 1));
        return ok({ models: models.map(({ rates, ...model }) => ({ ...model, prices: pricesOf(rates), source })) });
      },
    }),
    defineRoute({
      method: 'PUT',
      url,
      operationId: 'putLlmConfig',
      summary: 'Say which models Crewship’s own calls go to, in place of all that was said',
      description:
        'Models are those of the rate card, but for `openai_compatible`; credentials are API keys of the workspace. ' +
        'Earlier versions are kept.',
      tags,
      authority: manage,
      body: config
        .extend({ version: z.int().min(0).describe('the one that was read; 0 where the workspace has none') })
        .meta({ example: { ...exampleConfig, version: 0 } }),
      responses: { 200: configAnswer },
      errors: ['version_conflict'],
      handler: async (ctx) => {
        const { version, ...body } = ctx.body;
        const named = namedModels(body);
        const known = await findModelCredentials(
          database.reads,
          ctx.workspace.id,
          named.flatMap(({ target }) => target.credential_id ?? []),
        );
        const wrong = wrongModels(named, { card: deps.rateCard(), credentialIds: known });
        if (wrong.length > 0) {
          throw new CrewshipError('invalid_request', `${wrong[0]!.path}: ${wrong[0]!.message}`, { fields: wrong });
        }
        return ctx.write(async (tx) => {
          const ref = { workspaceId: ctx.workspace.id, ...KIND };
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          return ok({ ...body, version: saved.version, source: 'workspace' as const, updated_at: saved.updatedAt });
        });
      },
    }),
  ];
}
