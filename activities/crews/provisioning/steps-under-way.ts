/** What this process is doing for builds. */
export interface StepsUnderWay {
  /** Begins a step of a build, once whatever goes on here for that build has ended. Its signal joins the caller's. */
  run<Result>(buildId: string, signal: AbortSignal, step: (signal: AbortSignal) => Promise<Result>): Promise<Result>;
  /** Ends what goes on here for a build. */
  stop(buildId: string): Promise<void>;
}

/**
 * An activity can outlive its workflow for a moment: one that was closed by hand, or that was given up as its worker
 * did not answer in time. Left alone it would make a container anew that was removed under it.
 */
export function createStepsUnderWay(): StepsUnderWay {
  const steps = new Map<string, { readonly abort: AbortController; readonly ended: Promise<unknown> }>();

  async function stop(buildId: string): Promise<void> {
    for (let step = steps.get(buildId); step !== undefined; step = steps.get(buildId)) {
      step.abort.abort(new Error('another one takes the build on'));
      await step.ended;
    }
  }

  return {
    stop,
    async run(buildId, signal, begin) {
      await stop(buildId);
      const abort = new AbortController();
      const step = begin(AbortSignal.any([signal, abort.signal]));
      const entry = { abort, ended: step.catch(() => {}).then(() => steps.delete(buildId)) };
      steps.set(buildId, entry);
      return step;
    },
  };
}
