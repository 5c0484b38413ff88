/**
 * The LEAD. Its first task has no dependencies: it lays the shop's access log of one hour into the crew's workspace.
 * Its last one depends on what the others found: it asks the people in charge what to do and writes the report.
 */
import { writeFileSync } from 'node:fs';
import { askPeople, finish, readTask } from './agent.mjs';

const LOG_FILE = '/workspace/access.log';
const REPORT_FILE = '/output/report.md';
const RELEASE_AT = '14:30';

/** An hour of a small shop, the same every time: after the release at 14:30 its checkout fails now and then. */
function makeLog() {
  let seed = 20_240_607;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const paths = ['/', '/', '/', '/search', '/search', '/product', '/product', '/cart', '/checkout'];
  return Array.from({ length: 6_000 }, (_, index) => {
    const minute = Math.floor(index / 100);
    const at = `14:${String(minute).padStart(2, '0')}`;
    const path = paths[Math.floor(random() * paths.length)];
    const slow = path === '/checkout' && at >= RELEASE_AT;
    const ms = Math.round(20 + random() * 180 + (slow ? random() * 900 : 0));
    const failing = slow ? 0.14 : 0.004;
    return { at, path, status: random() < failing ? 502 : 200, ms };
  });
}

function collect() {
  const requests = makeLog();
  writeFileSync(LOG_FILE, `${requests.map((request) => JSON.stringify(request)).join('\n')}\n`);
  finish({
    summary:
      `${requests.length} requests from 14:00 to 14:59 are in ${LOG_FILE}; ` + `release 2.4 went out at ${RELEASE_AT}.`,
    handoff: { log_file: LOG_FILE, release_at: RELEASE_AT },
  });
}

async function decide(input) {
  const findings = input.dependencies.map(({ title, result_summary }) => `${title}: ${result_summary}`);
  const answer = await askPeople(input, {
    reason: `${input.dependencies.map((dependency) => dependency.result_summary).join(' ')} Roll release 2.4 back?`,
    context: findings.join('\n'),
  });
  const decision =
    answer.status === 'RESOLVED'
      ? `${answer.action === 'approve' ? 'Yes' : 'No'}: ${answer.resolution}`
      : `Nobody answered (${answer.status}); nothing was changed.`;
  const lines = ['# The shop, 14:00 to 14:59', '', ...findings.map((finding) => `- ${finding}`), '', decision];
  writeFileSync(REPORT_FILE, `${lines.join('\n')}\n`);
  finish({ summary: `${decision} The report is in ${REPORT_FILE}.` });
}

const input = await readTask();
if (input.dependencies.length === 0) collect();
else await decide(input);
