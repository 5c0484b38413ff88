import type { AgentAction, TokenUsage } from './agent-event.ts';
import type { LooseObject } from './loose-json.ts';

/** What one tool's output says. Readers keep bounded state, take anything, and never throw. */
export interface OutputReader {
  /** The actions of one line, which stands at `offset`. */
  read(line: LooseObject, offset: number): readonly AgentAction[];
  /** The actions that were left without their end when the output ended. */
  end?(): readonly AgentAction[];
  /** What the lines so far amount to. */
  outcome(): ReaderOutcome;
}

export interface ReaderOutcome {
  readonly text: string | null;
  readonly error: string | null;
  readonly model: string | null;
  readonly usage: TokenUsage;
  readonly costMicros: number | null;
}

/** Of an answer the newest characters are kept: a result block stands at its end. */
export const MAX_TEXT_LENGTH = 65_536;
export const MAX_ERROR_LENGTH = 2_000;
export const MAX_COMMAND_LENGTH = 65_536;
const MAX_PATH_LENGTH = 1_024;

/** A path as an entry may hold it: one line, bounded. */
export function pathOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || value.length > MAX_PATH_LENGTH) return null;
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(value) ? null : value.toWellFormed();
}
