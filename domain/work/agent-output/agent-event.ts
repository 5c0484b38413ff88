/** Tokens of one call or of a whole run. Cached and cache-writing tokens are counted apart from input tokens. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheCreationTokens: number;
}

/**
 * What a line of an agent's output says happened. Texts of the agent are in it: they are for rows, not for the journal.
 */
export type AgentAction =
  | { readonly kind: 'session'; readonly sessionId: string | null; readonly model: string | null }
  | {
      readonly kind: 'llm_call';
      readonly model: string | null;
      /** `outputTokens` is null where the tool tells them for the whole run only. */
      readonly usage: Omit<TokenUsage, 'outputTokens'> & { readonly outputTokens: number | null };
      readonly costMicros: number | null;
    }
  | {
      readonly kind: 'command';
      readonly tool: string;
      readonly command: string;
      /** Where the line stands that has the command, in bytes. */
      readonly calledAt: number;
      readonly end: ToolEnd;
    }
  | { readonly kind: 'file_written'; readonly tool: string; readonly path: string }
  | { readonly kind: 'tool_call'; readonly tool: string };

/** How a tool's call ended, as far as the tool tells: nothing of one that the run's end left without an answer. */
export interface ToolEnd {
  readonly exitCode?: number;
  readonly isError?: boolean;
  readonly durationMs?: number;
}

/** An action with its place, which is the same for everyone who reads the same output. */
export interface AgentEvent {
  /** Where its line starts in the stored output, in bytes. */
  readonly offset: number;
  /** Number among the actions of that line. */
  readonly index: number;
  readonly action: AgentAction;
}

/** What the output amounts to once it has ended. */
export interface AgentOutcome {
  /** The agent's last words, at most the newest 64 K characters of them; null when it gave no answer. */
  readonly text: string | null;
  /** The tool says that it failed, and why. */
  readonly error: string | null;
  readonly model: string | null;
  readonly usage: TokenUsage;
  /** Null: the tool named no cost. */
  readonly costMicros: number | null;
  /** The end of what it wrote that was not an event, such as a message on standard error. */
  readonly noise: string;
  readonly lines: number;
  /** Lines beyond the limit: skipped. */
  readonly tooLongLines: number;
  /** Actions beyond the limit of a run: not reported. */
  readonly droppedEvents: number;
}

export const NO_USAGE: TokenUsage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheCreationTokens: 0 };

export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    cacheCreationTokens: a.cacheCreationTokens + b.cacheCreationTokens,
  };
}

export function totalTokens(usage: TokenUsage): number {
  return usage.inputTokens + usage.outputTokens + usage.cachedInputTokens + usage.cacheCreationTokens;
}
