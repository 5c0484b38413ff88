/** Counted attempts are forgotten after so long without another. */
export const ATTEMPTS_FORGOTTEN_AFTER_HOURS = 24;

const LOCK_AFTER_FAILURES = 50;
const LOCK_SECONDS = 300;
const DELAY_AFTER_FAILURES = 20;
const FAILURES_PER_DOUBLING = 10;
const LONGEST_DELAY_SECONDS = 30;

/** How long a name is closed to one network or device after so many failures in a row from there. */
export function lockSeconds(failures: number): number {
  return failures < LOCK_AFTER_FAILURES ? 0 : LOCK_SECONDS;
}

/**
 * How long a name is closed to all but the devices that signed in before, after so many failures from anywhere. Only
 * ever a short while: otherwise anybody could lock anybody out.
 */
export function delaySeconds(failures: number): number {
  if (failures < DELAY_AFTER_FAILURES) return 0;
  return Math.min(LONGEST_DELAY_SECONDS, 2 ** Math.floor((failures - DELAY_AFTER_FAILURES) / FAILURES_PER_DOUBLING));
}
