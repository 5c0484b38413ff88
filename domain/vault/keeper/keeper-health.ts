/** What may be wrong with a workspace's keeper. */
export const KEEPER_SIGNALS = ['allow_rate_collapsed', 'judge_failure_spike'] as const;
export type KeeperSignal = (typeof KEEPER_SIGNALS)[number];

/** How the last decisions went, of at most {@link KEEPER_HEALTH_WINDOW}. */
export interface RecentDecisions {
  readonly recent: number;
  /** Allowed, or handed to people. */
  readonly recent_progressed: number;
  /** A judge was asked, and gave no answer that could be read. */
  readonly recent_failed: number;
}

export const KEEPER_HEALTH_WINDOW = 200;
/** Fewer say nothing. */
const LEAST_SAMPLES = 20;
const COLLAPSED_BELOW = 0.05;
const SPIKE_FROM = 0.25;
/** The same is said as often at most. */
export const KEEPER_SIGNAL_EVERY_MS = 21_600_000;

export function keeperSignals(decisions: RecentDecisions): KeeperSignal[] {
  const { recent, recent_progressed: progressed, recent_failed: failed } = decisions;
  if (recent < LEAST_SAMPLES) return [];
  return [
    ...(progressed / recent < COLLAPSED_BELOW ? (['allow_rate_collapsed'] as const) : []),
    ...(failed / recent >= SPIKE_FROM ? (['judge_failure_spike'] as const) : []),
  ];
}
