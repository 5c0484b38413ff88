import { answerOfThread } from '../threads/answer-of-thread.ts';

const PROGRAM = new URL('./match-thread.ts', import.meta.url);
const LIMITS = { timeoutMs: 1_000, memoryMb: 64 };

/**
 * Whether a pattern of somebody else's is in a text; null where that took longer than anybody waits. A pattern can, and
 * never stops by itself.
 */
export function matchApart(pattern: string, text: string): Promise<boolean | null> {
  return answerOfThread<boolean>(PROGRAM, { data: { pattern, text }, ...LIMITS });
}
