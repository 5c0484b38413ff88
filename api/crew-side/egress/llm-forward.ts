import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProviderCredential } from '../../../db/vault/credentials/find-provider-credential.ts';
import { forwardedHeaders } from '../../../domain/crews/egress/forwarded-headers.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { type LlmProvider, type LlmTarget, llmTarget } from '../../../domain/money/llm/llm-provider.ts';
import { createSeparateConnections } from '../../../platform/http/separate-connections.ts';
import type { ProvenCaller } from '../caller/prove-caller.ts';
import type { EgressJournal } from './egress-journal.ts';
import { exchange, passBody } from './exchange.ts';
import type { OpenCredentials } from './open-credentials.ts';
import type { MeteredCall, MeteredCalls } from './metered-calls.ts';
import type { ProviderKeys } from './provider-keys.ts';
import { IDLE_TIMEOUT_MS } from './tunnel.ts';

/** Base addresses as providers' own clients take them: Anthropic's without a version, OpenAI's with it. */
export type ProviderUrls = Readonly<Record<LlmProvider, string>>;

export interface LlmForward {
  /** Carries a request to `/llm/<provider>/…`. Rejects with the product's errors before an answer has begun. */
  carry(caller: ProvenCaller, request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): void;
}

/** What proves an account is the host's to say, and what it cannot read it cannot pass on counted. */
const NOT_SENT = new Set([
  'host',
  'authorization',
  'x-api-key',
  'api-key',
  'cookie',
  'accept-encoding',
  'openai-organization',
  'openai-project',
]);
const NOT_RETURNED = new Set(['set-cookie', 'anthropic-organization-id', 'openai-organization', 'openai-project']);
const OAUTH_BETA = 'oauth-2025-04-20';

/** A token of a person's subscription, as the provider's command-line tool gets it; anything else is an API key. */
function isSubscription(credential: ProviderCredential): boolean {
  return (
    credential.value.startsWith('sk-ant-oat') ||
    (credential.type === 'AI_CLI_TOKEN' && !credential.value.startsWith('sk-'))
  );
}

function authHeaders(
  provider: LlmProvider,
  credential: ProviderCredential,
  beta: string | string[] | undefined,
): Record<string, string> {
  if (provider === 'openai') return { authorization: `Bearer ${credential.value}` };
  if (!isSubscription(credential)) return { 'x-api-key': credential.value };
  const betas = beta === undefined ? OAUTH_BETA : `${String(beta)},${OAUTH_BETA}`;
  return { authorization: `Bearer ${credential.value}`, 'anthropic-beta': betas };
}

function upstreamUrl(urls: ProviderUrls, { provider, path }: LlmTarget): URL {
  const base = urls[provider].replace(/\/+$/, '');
  return new URL(provider === 'openai' ? `${base}${path.replace(/^\/v1(?=[/?]|$)/, '')}` : `${base}${path}`);
}

/** Where a base address leads. */
export function placeOf(baseUrl: string): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(baseUrl);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

const NOTHING = Buffer.alloc(0);

/** Whether a request has no body, so that it may be sent again. */
function isBare({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return (method === 'GET' || method === 'HEAD') && !hasBody;
}

/** Adds the key of a provider to a crew's calls of it. The key is in this process and in that request, nowhere else. */
export function createLlmForward(deps: {
  readonly urls: ProviderUrls;
  readonly keys: ProviderKeys;
  readonly openCredentials: Pick<OpenCredentials, 'add'>;
  readonly calls: MeteredCalls;
  readonly journal: Pick<EgressJournal, 'note'>;
}): LlmForward {
  const connections = createSeparateConnections();

  /** Sends the request and passes its answer on; `call` hears of both. */
  async function pass(
    caller: ProvenCaller,
    target: LlmTarget,
    credential: ProviderCredential,
    { request, response, call }: { request: IncomingMessage; response: ServerResponse; call: MeteredCall | null },
  ): Promise<void> {
    const { provider } = target;
    const url = upstreamUrl(deps.urls, target);
    const protocol = url.protocol === 'https:' ? ('https:' as const) : ('http:' as const);
    const hop = {
      protocol,
      ...placeOf(url.origin),
      path: `${url.pathname}${url.search}`,
      agent: connections.agents[protocol],
      // A connection carries one credential's requests: what one crew sends is never read as part of another's.
      pool: credential.id,
      timeout: IDLE_TIMEOUT_MS,
      headers: {
        ...forwardedHeaders(request.headers, NOT_SENT),
        host: url.host,
        'accept-encoding': 'identity',
        ...authHeaders(provider, credential, request.headers['anthropic-beta']),
      },
    };
    let { answer, bytes } = await exchange(request, response, hop, url.host, call?.body);
    // While a grace lasts the value before is tried once; what cannot be sent a second time is not.
    if (answer.statusCode === 401 && credential.previous !== null && (call !== null || isBare(request))) {
      answer.resume();
      const before = { ...credential, value: credential.previous };
      const headers = { ...hop.headers, ...authHeaders(provider, before, request.headers['anthropic-beta']) };
      ({ answer, bytes } = await exchange(request, response, { ...hop, headers }, url.host, call?.body ?? NOTHING));
    }
    const dialled = placeOf(url.origin);
    response.once('close', () =>
      deps.journal.note(caller, dialled, { allowed: true, rule: `llm ${provider}` }, { connections: 1, ...bytes() }),
    );
    call?.answered(answer);
    const status = answer.statusCode ?? 502;
    deps.keys.note(caller, credential, status);
    if (status === 401) {
      // Providers repeat parts of a key that they refuse.
      answer.resume();
      throw new CrewshipError('credential_refused', `${provider} refused the credential ${credential.name}`);
    }
    response.writeHead(status, forwardedHeaders(answer.headers, NOT_RETURNED));
    await passBody(answer, response);
  }

  return {
    async carry(caller, request, response) {
      const target = llmTarget(request.method ?? '', request.url ?? '');
      if (typeof target === 'string')
        throw new CrewshipError('egress_denied', target, { extensions: { rule: 'llm path' } });
      const find = async () => {
        const sinceMs = performance.now();
        const credential = await deps.keys.find(caller, target.provider);
        const cut = () => response.destroy();
        const forget = deps.openCredentials.add(credential, { caller, cut }, sinceMs);
        if (response.destroyed) forget();
        else response.once('close', forget);
        return credential;
      };
      if (!target.isMetered) {
        await pass(caller, target, await find(), { request, response, call: null });
        return;
      }
      await deps.calls.carry(caller, target, request, async (begin) => {
        const credential = await find();
        const plan = target.provider === 'anthropic' && isSubscription(credential) ? planName(credential) : null;
        const call = await begin(plan);
        // Whoever asked may have left meanwhile; nothing was sent.
        if (response.destroyed) return;
        await pass(caller, target, credential, { request, response, call });
      });
    },
    close: () => connections.close(),
  };
}

/** What the ledger calls the plan: the account's label, within bounds. */
function planName({ accountLabel }: ProviderCredential): string {
  const label = accountLabel
    ?.replace(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, 100);
  return label === undefined || label === '' ? 'subscription' : label;
}
