import { runApart } from './run-apart.ts';

/**
 * Whether a pattern of somebody else's is in a text; null where that took longer than anybody waits. A pattern can, and
 * never stops by itself.
 */
export function matchApart(pattern: string, text: string): Promise<boolean | null> {
  return runApart<boolean>(`return new RegExp(data.pattern, 'u').test(data.text);`, { pattern, text });
}
