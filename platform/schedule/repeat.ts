export interface Repeated {
  /** Waits for a turn under way; none begins any more. */
  stop(): Promise<void>;
}

/** Takes turns one after the other, the first at once: each says how long to wait for the next. */
export function repeat(turn: () => Promise<{ nextInMs: number }>): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  async function take(): Promise<void> {
    const { nextInMs } = await turn();
    if (stopped) return;
    timer = setTimeout(() => {
      current = take();
    }, nextInMs);
  }
  let current = take();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
