import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { FieldError } from '../../kernel/errors/crewship-error.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { type RateCard, ratesOf } from '../ledger/rate-card.ts';

/** Whose protocol a model is called by. `openai_compatible`: a server of the workspace's, at `base_url`. */
export const MODEL_PROVIDERS = ['anthropic', 'openai', 'openai_compatible'] as const;
export type ModelProvider = (typeof MODEL_PROVIDERS)[number];

/** A model and how it is reached. */
export interface ModelTarget {
  readonly provider: ModelProvider;
  readonly model: string;
  /** Of the workspace's vault. Null: the instance's key, which goes to the provider itself and nowhere else. */
  readonly credential_id: string | null;
  readonly base_url: string | null;
}

/** What a call is for; absent members match everything. */
export interface RouteMatch {
  readonly purpose?: string;
  /** An agent's id. */
  readonly agent?: string;
  readonly role?: string;
}

interface ModelRoute extends ModelTarget {
  readonly match: RouteMatch;
  /** Tried in their order when the one before does not answer. */
  readonly fallbacks: readonly ModelTarget[];
  readonly temperature: number | null;
  readonly max_tokens: number | null;
}

export interface EmbeddingsTarget extends ModelTarget {
  readonly dimensions: number | null;
}

/** Which models the control plane's own calls go to. */
export interface LlmConfig {
  readonly default: ModelTarget;
  readonly routes: readonly ModelRoute[];
  /** Null: nothing is embedded. */
  readonly embeddings: EmbeddingsTarget | null;
}

/** Settings of the instance that hold its key of a provider; a workspace's own server gets none of it. */
export const INSTANCE_KEYS = { anthropic: 'llm.anthropic.api_key', openai: 'llm.openai.api_key' } as const;

const PURPOSE = /^[a-z][a-z0-9_.-]{0,63}$/;

/** The schema of the document, and of what the API takes. */
export function llmConfigSchema({ z, id }: Fields) {
  const target = {
    provider: z.enum(MODEL_PROVIDERS),
    model: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/, 'must be the name of a model')
      .describe('as the provider names it'),
    credential_id: id.nullable().default(null).describe('null: the instance’s key'),
    base_url: z
      .url({ protocol: /^https?$/ })
      .max(2_048)
      .refine((url) => !/^[a-z]+:\/*[^/?#]*@/i.test(url), 'must not hold a user or a password')
      .nullable()
      .default(null)
      .describe('with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only'),
  };
  const rule = ({ provider, base_url }: { provider: ModelProvider; base_url: string | null }) =>
    (provider === 'openai_compatible') === (base_url !== null);
  const ruleText = { message: 'base_url is for openai_compatible, and needed there', path: ['base_url'] };
  return z.strictObject({
    default: z.strictObject(target).refine(rule, ruleText),
    routes: z
      .array(
        z
          .strictObject({
            ...target,
            match: z.strictObject({
              purpose: z.string().regex(PURPOSE).optional(),
              agent: id.optional(),
              role: z.string().min(1).max(64).optional(),
            }),
            fallbacks: z.array(z.strictObject(target).refine(rule, ruleText)).max(5).default([]),
            temperature: z.number().min(0).max(2).nullable().default(null),
            max_tokens: z.int().min(1).max(1_000_000).nullable().default(null),
          })
          .refine(rule, ruleText),
      )
      .max(50)
      .default([])
      .describe('the first that matches counts'),
    embeddings: z
      .strictObject({ ...target, dimensions: z.int().min(1).max(8_192).nullable().default(null) })
      .refine(rule, ruleText)
      .refine(({ provider }) => provider !== 'anthropic', {
        message: 'anthropic has no embeddings',
        path: ['provider'],
      })
      .nullable()
      .default(null),
  });
}

export const llmConfigKind: DocumentKind = { name: 'llm', schema: llmConfigSchema, hasInstanceDefault: true };

/** Every model that a configuration names, and where in it. */
export function namedModels(config: LlmConfig): readonly { readonly path: string; readonly target: ModelTarget }[] {
  return [
    { path: 'default', target: config.default },
    ...config.routes.flatMap((route, index) => [
      { path: `routes.${index}`, target: route },
      ...route.fallbacks.map((target, place) => ({ path: `routes.${index}.fallbacks.${place}`, target })),
    ]),
    ...(config.embeddings === null ? [] : [{ path: 'embeddings', target: config.embeddings }]),
  ];
}

/** Models that no price is known of, and credentials that are not there: what a schema can't see. */
export function wrongModels(
  named: ReturnType<typeof namedModels>,
  known: { readonly card: RateCard; readonly credentialIds: ReadonlySet<string> },
): FieldError[] {
  return named.flatMap(({ path, target: { provider, model, credential_id: credentialId } }) => [
    ...(provider === 'openai_compatible' || ratesOf(known.card, provider, model).known
      ? []
      : [{ path: `${path}.model`, message: 'is not in the rate card' }]),
    ...(credentialId === null || known.credentialIds.has(credentialId)
      ? []
      : [{ path: `${path}.credential_id`, message: 'is no API key of the workspace' }]),
  ]);
}

/** What a call of this kind goes to, in the order in which it is tried, and what the route says of it. */
export function modelsFor(
  config: LlmConfig,
  call: RouteMatch,
): {
  readonly targets: readonly ModelTarget[];
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  /** A route matches; otherwise it is the default that counts. */
  readonly isRouted: boolean;
} {
  const route = config.routes.find(({ match }) =>
    (['purpose', 'agent', 'role'] as const).every((name) => match[name] === undefined || match[name] === call[name]),
  );
  if (route === undefined) {
    return { targets: [config.default], temperature: null, maxTokens: null, isRouted: false };
  }
  const { temperature, max_tokens: maxTokens } = route;
  return { targets: [route, ...route.fallbacks], temperature, maxTokens, isRouted: true };
}
