import type { EscalationAction } from './escalation.ts';

/**
 * What an answer did when it came. `waiter`: the agent was waiting for it. `running_task`: too late for that, and the
 * attempt that runs its task can still ask for it. `next_task`: it goes to the mission's next attempt. `none`: nobody
 * is left to use it.
 */
export const ANSWER_DELIVERIES = ['waiter', 'running_task', 'next_task', 'none'] as const;

export interface AnswerDelivery {
  readonly kind: (typeof ANSWER_DELIVERIES)[number];
  readonly taskId: string | null;
  readonly runId: string | null;
}

/** An answer that came after its agent had gone on, as the attempt that gets it reads it. */
export interface LateAnswer {
  readonly escalation_id: string;
  readonly question: string;
  readonly resolution: string;
  readonly action: EscalationAction;
  readonly redirect_to: string | null;
  readonly resolved_at: string;
}
