/** What the model says in one turn, whatever protocol it is asked in. */
export type Turn =
  | {
      readonly text?: string;
      readonly toolCalls?: readonly { readonly name: string; readonly input: Readonly<Record<string, unknown>> }[];
      readonly usage?: Partial<Usage>;
      /** Says that the answer was cut at the token limit. */
      readonly cut?: boolean;
    }
  | { readonly error: UpstreamError }
  /** The connection ends in the middle of the answer. */
  | { readonly hangUpAfter: string };

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheCreationTokens: number;
}

export interface UpstreamError {
  readonly status: number;
  /** The provider's word: `rate_limit_error`, `api_error`, `authentication_error`. */
  readonly type: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/**
 * A conversation by heart: the turn taken is the one after those that the request already holds, so that a request that
 * is tried again gets the same answer. `errorsFirst` come before, one for each request.
 */
export interface Script {
  readonly turns: readonly Turn[];
  readonly errorsFirst?: readonly UpstreamError[];
}

export const DEFAULT_USAGE: Usage = {
  inputTokens: 120,
  outputTokens: 24,
  cachedInputTokens: 0,
  cacheCreationTokens: 0,
};

/** What the upstream was asked, read from either protocol. */
export interface ModelRequest {
  readonly model: string;
  readonly stream: boolean;
  /** Answers of the model that the request repeats. */
  readonly turnsSoFar: number;
  /** Agents offer tools; what a tool asks on the side (a title, a summary) does not. */
  readonly hasTools: boolean;
}

/** Both protocols name these alike. */
export interface ModelRequestBody {
  readonly model?: string;
  readonly stream?: boolean;
  readonly messages?: readonly { readonly role: string }[];
  readonly tools?: readonly unknown[];
}

export function readModelRequest(body: ModelRequestBody): ModelRequest {
  return {
    model: body.model ?? '',
    stream: body.stream === true,
    turnsSoFar: (body.messages ?? []).filter((message) => message.role === 'assistant').length,
    hasTools: (body.tools ?? []).length > 0,
  };
}

const SIDE_ANSWER: Turn = { text: 'A short title', usage: { inputTokens: 30, outputTokens: 4 } };

/** Plays scripts, one conversation after the other. */
export function createPlayer(script: Script): (request: ModelRequest) => Turn {
  const errors = [...(script.errorsFirst ?? [])];
  return (request) => {
    if (!request.hasTools) return SIDE_ANSWER;
    const error = errors.shift();
    if (error !== undefined) return { error };
    const { turns } = script;
    return turns[Math.min(request.turnsSoFar, turns.length - 1)] ?? { text: '' };
  };
}
