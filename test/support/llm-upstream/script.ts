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
  | { readonly hangUpAfter: string }
  | OddTurn;

/** What is no answer of the protocol, though it comes as one. */
export type OddTurn =
  /** With status 200, whatever this is. */
  | { readonly garbage: string }
  /** The whole document is announced, and the connection ends after half of it. */
  | { readonly halfOf: string }
  /** Nothing ever comes. */
  | { readonly silent: true };

export function isOdd(turn: Turn): turn is OddTurn {
  return 'garbage' in turn || 'halfOf' in turn || 'silent' in turn;
}

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
  /** One for each request whatever it holds, the last one for all that follow; then nothing else counts. */
  readonly sequence?: readonly Turn[];
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
  let taken = 0;
  return (request) => {
    const { sequence } = script;
    if (sequence !== undefined) {
      taken += 1;
      return sequence[Math.min(taken, sequence.length) - 1] ?? { text: '' };
    }
    if (!request.hasTools) return SIDE_ANSWER;
    const error = errors.shift();
    if (error !== undefined) return { error };
    const { turns } = script;
    return turns[Math.min(request.turnsSoFar, turns.length - 1)] ?? { text: '' };
  };
}
