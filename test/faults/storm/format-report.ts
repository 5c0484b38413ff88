import { formatTable } from '../../../deploy/local/demo/format-table.ts';
import type { StormReport } from './fault-storm.ts';

const VIOLATIONS_SHOWN = 40;

/** The report as people read it. */
export function formatReport(report: StormReport): string {
  const { missions, tasks, attempts, requests, seconds, violations } = report;
  // What is claimed of the counts, unless something speaks against it.
  const proven = (claim: string) => (violations.length === 0 ? claim : '');
  const facts = formatTable(
    ['', 'count', ''],
    [
      [
        'missions settled',
        `${missions.settled} of ${report.size.missions}`,
        `${missions.review} REVIEW, ${missions.failed} FAILED ${proven('as their agents made them')}`,
      ],
      ['tasks', String(tasks.completed + tasks.failed), `${tasks.completed} COMPLETED, ${tasks.failed} FAILED`],
      ['attempts', String(attempts.all), `${attempts.repeats} ${proven('repeats, each')} naming the attempt before`],
      ['LOST attempts', String(attempts.lost), `${attempts.lostOnPurpose} of them by their own agent`],
      ['lines of agents', String(attempts.lines), proven('each of exactly one attempt')],
      ['transitions', String(report.transitions), proven('each of them once in the journal')],
      ['questions answered', String(report.answeredQuestions), ''],
      [
        'requests',
        String(requests.answered),
        `${requests.unreachable} tries unreachable, ${requests.refused} refused, ${requests.replayed} answers replayed`,
      ],
      [
        'kills',
        String(report.kills.length),
        `in ${seconds.kills} s; settled after ${seconds.settled} s, all in ${seconds.all} s`,
      ],
    ],
  );
  const components = formatTable(
    ['component', 'kills', 'gave up itself', 'failed starts', 'longest absence'],
    report.restarts.map((restart) => [
      restart.name,
      String(report.kills.filter((kill) => kill.target === restart.name).length),
      String(restart.died),
      String(restart.failedStarts),
      `${(restart.longestMs / 1_000).toFixed(1)} s`,
    ]),
  );
  const found = violations.slice(0, VIOLATIONS_SHOWN).map((violation) => `  VIOLATION ${violation}`);
  const verdict = violations.length === 0 ? 'no violations' : `${violations.length} violations`;
  return [facts, '', components, '', ...found, `seed ${report.seed}: ${verdict}`].join('\n');
}
