const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One Ctrl-C may arrive several times: from the terminal, from npm, and from the bootstrap that forwards it. */
const SAME_REQUEST_MS = 800;

/**
 * Calls `onStop` on the first signal to stop, and `onForce` on one that comes later, when somebody does not want to
 * wait. Returns a function that gives the signals back to their defaults.
 */
export function onStopSignals(onStop: () => void, onForce: () => void): () => void {
  let firstAt: number | undefined;
  const listener = () => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      onStop();
    } else if (Date.now() - firstAt > SAME_REQUEST_MS) {
      onForce();
    }
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
