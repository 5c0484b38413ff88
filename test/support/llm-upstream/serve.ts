/**
 * Serves one script inside a container, where nothing else is reachable: `node serve.ts <port>`, the script as JSON on
 * standard input, up to its end. Says `ready` and its pid, and goes on until it is ended.
 */
import { text } from 'node:stream/consumers';
import { startLlmUpstream } from './llm-upstream.ts';
import type { Script } from './script.ts';

const script = JSON.parse(await text(process.stdin)) as Script;
await startLlmUpstream(script, { port: Number(process.argv[2]) });
console.log(`ready ${process.pid}`);
