import { parentPort, workerData } from 'node:worker_threads';
import { sanitiseHtml, tidyHtml } from './sanitise-html.ts';

/** Thread: cleans one text and ends. Its maker ends it when that takes too long. */
const { html, tidy } = workerData as { readonly html: string; readonly tidy: boolean };
parentPort?.postMessage(tidy ? tidyHtml(html) : sanitiseHtml(html));
