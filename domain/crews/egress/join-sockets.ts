/** As much of a socket as joining needs. Both must stay open for writing when the other side ends (`allowHalfOpen`). */
interface Joinable {
  pipe(to: never): unknown;
  on(event: 'end' | 'close' | 'error', listener: () => void): unknown;
  setTimeout(idleMs: number, listener?: () => void): unknown;
  destroy(): unknown;
  destroySoon(): void;
  readonly readableEnded: boolean;
}

export interface JoinTimes {
  /** Ends a pair over which nothing came for this long. */
  readonly idleMs: number;
  /** The same once one side has said its last. */
  readonly halfClosedMs: number;
}

/**
 * Carries bytes both ways, each at the pace of its reader, until both sides have ended. The end of one side goes on to
 * the other; a side that breaks takes the other with it, and so does silence.
 */
export function joinSockets(left: Joinable, right: Joinable, times: JoinTimes): void {
  const cut = () => {
    left.destroy();
    right.destroy();
  };
  left.setTimeout(times.idleMs, cut);
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    from.on('error', cut);
    from.on('end', () => left.setTimeout(times.halfClosedMs));
    // What it said before it closed still goes on; nobody is left to hear an answer.
    from.on('close', () => (from.readableEnded ? to.destroySoon() : to.destroy()));
    from.pipe(to as never);
  }
}
