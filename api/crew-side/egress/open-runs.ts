/** What is open for runs, to be cut when they end. */
export interface OpenRuns {
  /** Returns what forgets it again. Without a run it is nobody's end. */
  add(runId: string | undefined, cut: () => void): () => void;
  /** Cuts what is open for this run. */
  end(runId: string): void;
  /** Runs that have something open. */
  ids(): string[];
}

export function createOpenRuns(): OpenRuns {
  const open = new Map<string, Set<() => void>>();
  return {
    add(runId, cut) {
      if (runId === undefined) return () => {};
      const cuts = open.get(runId) ?? new Set();
      open.set(runId, cuts.add(cut));
      return () => {
        cuts.delete(cut);
        if (cuts.size === 0) open.delete(runId);
      };
    },
    end(runId) {
      for (const cut of [...(open.get(runId) ?? [])]) cut();
    },
    ids: () => [...open.keys()],
  };
}
