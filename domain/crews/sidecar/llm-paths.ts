import type { LlmProvider } from '../../money/llm/llm-provider.ts';
import { SIDECAR_PORT } from './ipc-config.ts';

/** Where the sidecar takes calls of models. */
export const LLM_PATH = '/llm';
const LLM_URL = `http://127.0.0.1:${SIDECAR_PORT}${LLM_PATH}`;

/**
 * Base URLs of model providers as agents in a crew's container have them: the sidecar's. What follows the path is the
 * provider's own API, so `<base>/v1/messages` is Anthropic's; requests carry the run's token in `X-Run-Token` and a
 * placeholder for a key.
 */
export const ANTHROPIC_BASE_URL = `${LLM_URL}/anthropic`;
export const OPENAI_BASE_URL = `${LLM_URL}/openai`;

/** The base URL of a provider, by its name. */
export const LLM_BASE_URLS: Readonly<Record<LlmProvider, string>> = {
  anthropic: ANTHROPIC_BASE_URL,
  openai: OPENAI_BASE_URL,
};

/** The command-line tools refuse to start without a key; this one is no secret and opens nothing. */
export const PLACEHOLDER_KEY = 'key-is-added-on-the-way';
