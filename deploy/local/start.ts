import { runInForeground } from './foreground.ts';

/** `npm start`: the stack in the foreground, until Ctrl-C. */
await runInForeground();
