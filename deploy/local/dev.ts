import path from 'node:path';
import { MIGRATIONS } from './dev/process-sources.ts';
import { watchSources } from './dev/watch-sources.ts';
import { runInForeground } from './foreground.ts';
import { stackProcesses } from './processes.ts';

/** `npm run dev`: the stack in the foreground, each process started anew when its sources change. */
await runInForeground((stack, log, signal) => {
  log('Processes restart when their sources change.');
  return watchSources(
    {
      root: path.resolve(import.meta.dirname, '../..'),
      processes: stackProcesses,
      log,
      async onChange({ files, processes }) {
        const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
        log(`dev: ${files[0]}${more} changed; restarting ${processes.map(({ name }) => name).join(', ')}`);
        if (files.some((file) => file.startsWith(MIGRATIONS))) await stack.migrate();
        await Promise.all(processes.map(({ name }) => stack.restart(name)));
      },
    },
    signal,
  );
});
