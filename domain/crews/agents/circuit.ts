/** An agent whose attempts ended this many tasks in failure one after another is given no more for a while. */
export const CIRCUIT_FAILURES = 3;
/** After this long one attempt is let through; its end closes the circuit or opens it again. */
export const CIRCUIT_COOL_DOWN_MS = 300_000;

export const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const;

/** As the public API shows it with the agent. */
export interface AgentCircuit {
  readonly state: (typeof CIRCUIT_STATES)[number];
  readonly consecutive_failures: number;
  readonly opened_at: string | null;
  /** From when one attempt is let through; null while closed. */
  readonly retry_at: string | null;
}

/** What the end of an attempt says about its agent. */
export type AttemptVerdict = 'success' | 'failure' | 'nothing';
