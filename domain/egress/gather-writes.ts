interface Writable {
  cork(): void;
  uncork(): void;
  readonly writableEnded: boolean;
}

/**
 * Makes one write of all that is written in one turn: the small pieces of a streamed answer arrive many at a time, and a
 * system call for each of them costs more than everything else that is done with it. Call it before each write.
 */
export function gatherWrites(to: Writable): () => void {
  let isGathering = false;
  return () => {
    if (isGathering) return;
    isGathering = true;
    to.cork();
    setImmediate(() => {
      isGathering = false;
      if (!to.writableEnded) to.uncork();
    });
  };
}
