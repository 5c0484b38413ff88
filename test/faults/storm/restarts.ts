import { KILLABLE } from './kill-schedule.ts';

/** How a component came back, from what its supervisor says. */
export interface Restarts {
  readonly name: string;
  /** Ended by SIGKILL, ours. */
  killed: number;
  /** Ended in another way: it gave up because something else was away. */
  died: number;
  /** Starts that did not get as far as being healthy. */
  failedStarts: number;
  /** Longest time from its end to being healthy again. */
  longestMs: number;
}

/** Reads the supervisor's lines on their way to `log`. */
export function watchRestarts(log: (line: string) => void): {
  log: (line: string) => void;
  restarts: () => readonly Restarts[];
  /** Whether it has been healthy since it last ended. */
  isUp: (name: string) => boolean;
} {
  const restarts = new Map<string, Restarts>(
    KILLABLE.map((name) => [name, { name, killed: 0, died: 0, failedStarts: 0, longestMs: 0 }]),
  );
  const downSince = new Map<string, number>();

  return {
    restarts: () => [...restarts.values()],
    isUp: (name) => !downSince.has(name),
    log(line) {
      log(`          ${line.split('\n')[0]}`);
      const [name = '', text = ''] = line.split(/: (.*)/s);
      const component = restarts.get(name);
      if (component === undefined) return;
      if (text.startsWith('DIED')) {
        downSince.set(name, performance.now());
        if (text.includes('SIGKILL')) component.killed += 1;
        else component.died += 1;
      } else if (text.startsWith('RESTART FAILED')) component.failedStarts += 1;
      else if (text.startsWith('healthy again')) {
        const downMs = performance.now() - (downSince.get(name) ?? performance.now());
        component.longestMs = Math.max(component.longestMs, Math.round(downMs));
        downSince.delete(name);
      }
    },
  };
}
