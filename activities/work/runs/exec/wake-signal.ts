/** Joins many sources of "look again" into one: notifications between two waits count once. */
export interface WakeSignal {
  notify(): void;
  /** Resolves at once when something was notified since the last wait. */
  wait(): Promise<void>;
}

export function createWakeSignal(): WakeSignal {
  let pending = false;
  let waiter: (() => void) | undefined;
  return {
    notify() {
      pending = true;
      waiter?.();
    },
    async wait() {
      if (!pending) {
        await new Promise<void>((resolve) => {
          waiter = resolve;
        });
      }
      waiter = undefined;
      pending = false;
    },
  };
}
