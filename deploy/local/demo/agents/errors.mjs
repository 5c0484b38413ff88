/** Finds what fails in the shop and since when. */
import { readFileSync } from 'node:fs';
import { finish, parseLog, readTask } from './agent.mjs';

function failedShare(requests) {
  return requests.filter((request) => request.status >= 500).length / requests.length;
}

const percent = (share) => `${(share * 100).toFixed(1)} %`;

const input = await readTask();
const { log_file: logFile, release_at: releaseAt } = input.dependencies[0].handoff;
const requests = parseLog(readFileSync(logFile, 'utf8'));
const byPath = Map.groupBy(
  requests.filter((request) => request.at >= releaseAt),
  (request) => request.path,
);
for (const [path, found] of byPath) console.log(`${path} ${percent(failedShare(found))} of ${found.length} failed`);
const [worst, found] = [...byPath].sort(([, a], [, b]) => failedShare(b) - failedShare(a))[0];
const earlier = requests.filter((request) => request.path === worst && request.at < releaseAt);
finish({
  summary:
    `${percent(failedShare(found))} of the requests to ${worst} fail since ${releaseAt}, ` +
    `${percent(failedShare(earlier))} before.`,
  handoff: { path: worst, failed_share: failedShare(found) },
});
