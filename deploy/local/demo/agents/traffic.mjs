/** Measures how busy and how fast the shop was, before and after the release. */
import { readFileSync } from 'node:fs';
import { finish, parseLog, readTask } from './agent.mjs';

const SLOWEST_SHARE = 0.95;

function percentileMs(requests) {
  const sorted = requests.map((request) => request.ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * SLOWEST_SHARE)];
}

const input = await readTask();
const { log_file: logFile, release_at: releaseAt } = input.dependencies[0].handoff;
const requests = parseLog(readFileSync(logFile, 'utf8'));
const checkout = requests.filter((request) => request.path === '/checkout');
const before = percentileMs(checkout.filter((request) => request.at < releaseAt));
const after = percentileMs(checkout.filter((request) => request.at >= releaseAt));
console.log(`read ${requests.length} requests, ${checkout.length} of them to /checkout`);
finish({
  summary:
    `${checkout.length} of ${requests.length} requests were checkouts; ` +
    `their p95 went from ${before} to ${after} ms.`,
  handoff: { checkouts: checkout.length, p95_before_ms: before, p95_after_ms: after },
});
