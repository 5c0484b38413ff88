import { vi } from 'vitest';

/** How long a test waits for what happens by itself: on a busy machine that says nothing about what is tested. */
const PATIENCE_MS = 20_000;

/** Resolves when `holds` throws no more; rejects with what it threw last. */
export function soon<Value>(
  holds: () => Value | Promise<Value>,
  { interval = 25 }: { interval?: number } = {},
): Promise<Value> {
  return vi.waitFor(holds, { timeout: PATIENCE_MS, interval });
}
