/** Providers whose calls crews make through the host, as they are in paths and in the ledger. */
export const LLM_PROVIDERS = ['anthropic', 'openai'] as const;
export type LlmProvider = (typeof LLM_PROVIDERS)[number];

/** A call of a provider's API, as it is let through. */
export interface LlmTarget {
  readonly provider: LlmProvider;
  /** Of the provider's own API, with the version and the query: `/v1/messages?beta=true`. */
  readonly path: string;
  /** Whether it is reserved for and reported: it costs money. */
  readonly isMetered: boolean;
}

const METERED: Readonly<Record<LlmProvider, ReadonlySet<string>>> = {
  anthropic: new Set(['POST /v1/messages']),
  openai: new Set(['POST /v1/chat/completions', 'POST /v1/completions', 'POST /v1/responses', 'POST /v1/embeddings']),
};

const FREE: Readonly<Record<LlmProvider, RegExp>> = {
  anthropic: /^(POST \/v1\/messages\/count_tokens|GET \/v1\/models(\/[A-Za-z0-9._:-]{1,128})?|HEAD \/)$/,
  openai:
    /^(GET \/v1\/models(\/[A-Za-z0-9._:-]{1,128}){0,2}|POST \/v1\/(moderations|responses\/input_tokens)|HEAD \/)$/,
};

/** Of the providers' own APIs, and of all names below: those of their regions. */
const API_HOSTS: Readonly<Record<LlmProvider, string>> = {
  anthropic: 'api.anthropic.com',
  openai: 'api.openai.com',
};

/** A place of the internet that is an API of models; `places` are where else the providers are called. */
export function providerAt(
  target: { readonly host: string; readonly port: number },
  places: Readonly<Record<LlmProvider, { readonly host: string; readonly port: number }>>,
): LlmProvider | null {
  const { host, port } = target;
  const isOf = (provider: LlmProvider) =>
    host === API_HOSTS[provider] ||
    host.endsWith(`.${API_HOSTS[provider]}`) ||
    (host === places[provider].host && port === places[provider].port);
  return LLM_PROVIDERS.find(isOf) ?? null;
}

const LLM_URL = /^\/llm\/([a-z]{1,32})(\/[^?#]*)?(\?[\x21-\x7e]*)?$/;

/**
 * What a request to `/llm/<provider>/…` asks for. A string says why it is not carried: the key belongs to the
 * workspace, so it opens what is metered and what costs nothing, and not the rest of a provider's API (files, batches,
 * administration).
 */
export function llmTarget(method: string, url: string): LlmTarget | string {
  const [, name, path = '/', query = ''] = LLM_URL.exec(url) ?? [];
  const provider = LLM_PROVIDERS.find((known) => known === name);
  if (provider === undefined)
    return `calls of models go to ${LLM_PROVIDERS.map((known) => `/llm/${known}`).join(' or ')}`;
  const operation = `${method} ${path}`;
  const isMetered = METERED[provider].has(operation);
  if (!isMetered && !FREE[provider].test(operation)) return `${operation.slice(0, 200)} of ${provider} is not carried`;
  return { provider, path: `${path}${query}`, isMetered };
}
