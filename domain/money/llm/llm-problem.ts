import type { LlmProvider } from './llm-provider.ts';

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
};

const OPENAI_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/**
 * A refusal of ours as the provider would say it, so that its clients show the message to whoever reads them. JSON;
 * `code` stays for programs.
 */
export function llmProblemBody(
  provider: LlmProvider,
  problem: { readonly status: number; readonly code: string; readonly detail: string },
): string {
  const { status, code, detail: message } = problem;
  if (provider === 'anthropic') {
    const type = ANTHROPIC_TYPES[status] ?? 'api_error';
    return JSON.stringify({ type: 'error', error: { type, message, code } });
  }
  const type = OPENAI_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error');
  return JSON.stringify({ error: { message, type, param: null, code } });
}
