import type { MetricComparison } from './compare-metrics.ts';
import { type Divergence, type EvalFindings, type EvalRun, sidesOf } from './eval-run.ts';
import { METRIC_NAMES, type Metrics } from './metrics.ts';
import type { Step } from './trajectory.ts';

/** An evaluation that is over, with all that it found. */
export interface EvalReport {
  readonly run: EvalRun;
  readonly findings: EvalFindings;
}

const shownValue = (value: number | readonly string[]): string =>
  typeof value === 'number' ? String(Math.round(value * 1e6) / 1e6) : value.length === 0 ? 'none' : value.join(', ');

/** Text that is no mark-up of Markdown. Tools are named by agents. */
const plain = (text: string): string => text.replaceAll(/[\\`*_{}[\]()#+!|<>~&-]/g, '\\$&').replaceAll(/\s+/g, ' ');

const shownStep = (step: Step | null): string =>
  step === null ? 'has ended' : `${step.type}${step.tool === '' ? '' : ` ${step.tool}`}`;

function comparedRow({ metric, baseline, candidate, change, outcome }: MetricComparison): string {
  const cells = [metric, shownValue(baseline), shownValue(candidate), change ?? 'none', outcome.replace('_', ' ')];
  return `| ${cells.map(plain).join(' | ')} |`;
}

function metricRows(findings: EvalFindings, sides: readonly (keyof EvalFindings['measured'])[]): string[] {
  return METRIC_NAMES.map((name) => {
    const values = sides.map((side) => shownValue(findings.measured[side]?.metrics[name] ?? []));
    return `| ${[name, ...values].map(plain).join(' | ')} |`;
  });
}

function divergenceLines({ step, baseline, candidate }: Divergence): string[] {
  return [
    '',
    `First divergent step: ${step}`,
    '',
    `- baseline: ${plain(shownStep(baseline))}`,
    `- candidate: ${plain(shownStep(candidate))}`,
  ];
}

/** The report for people: Markdown. */
export function markdownReport({ run, findings }: EvalReport): string {
  const sides = sidesOf(run.kind);
  const missions =
    run.kind === 'replay'
      ? [`Mission: ${run.mission_id}`]
      : [`Baseline: ${run.baseline_mission_id}`, `Candidate: ${run.candidate_mission_id}`];
  const head = [`# Eval ${run.id}: ${run.kind}`, '', ...missions.map((line) => `- ${line}`)];
  const state = [`- Status: ${run.status}`, `- Result: ${plain(run.result)}`];
  if (run.status !== 'completed') return `${[...head, ...state].join('\n')}\n`;
  const table = [
    '',
    `| metric | ${sides.join(' | ')} |`,
    `|---${'|---'.repeat(sides.length)}|`,
    ...metricRows(findings, sides),
  ];
  const compared =
    findings.comparison === null
      ? []
      : [
          '',
          '| compared | baseline | candidate | change | outcome |',
          '|---|---|---|---|---|',
          ...findings.comparison.metrics.map(comparedRow),
        ];
  const parted = findings.divergence === null ? [] : divergenceLines(findings.divergence);
  return `${[...head, ...state, `- Signature: ${run.seed_signature}`, ...table, ...compared, ...parted].join('\n')}\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text as XML has it: no character that XML 1.0 forbids. */
function xml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is replaced
  const allowed = text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return allowed.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}

type Case = { readonly name: string; readonly body?: string };

function casesOf({ run, findings }: EvalReport): readonly Case[] {
  if (run.status !== 'completed') {
    return [{ name: run.kind, body: `<error message="${xml(run.result)}"/>` }];
  }
  if (findings.comparison === null) {
    const { metrics } = findings.measured.mission ?? {};
    return METRIC_NAMES.map((name) => ({
      name,
      body: `<system-out>${xml(shownValue((metrics as Metrics | undefined)?.[name] ?? []))}</system-out>`,
    }));
  }
  return findings.comparison.metrics.map(({ metric, outcome, name, baseline, candidate, change }) => {
    const values = `${shownValue(baseline)} to ${shownValue(candidate)}`;
    if (outcome === 'tripped') {
      return { name: metric, body: `<failure message="${xml(`${name} ${change ?? ''}`)}">${xml(values)}</failure>` };
    }
    if (outcome === 'not_compared') return { name: metric, body: '<skipped message="the baseline is 0"/>' };
    return { name: metric };
  });
}

/** The report for CI systems: JUnit XML. A metric that tripped is a failure, an evaluation that failed an error. */
export function junitReport(report: EvalReport): string {
  const { run, findings } = report;
  const cases = casesOf(report);
  const count = (tag: string) => cases.filter(({ body }) => body?.startsWith(`<${tag}`) === true).length;
  const failures = `failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
  const counts = `tests="${cases.length}" ${failures}`;
  const { divergence } = findings;
  const parted =
    divergence === null
      ? ''
      : `\n    <system-out>${xml(
          `first divergent step ${divergence.step}: baseline ${shownStep(divergence.baseline)}, ` +
            `candidate ${shownStep(divergence.candidate)}`,
        )}</system-out>`;
  const lines = cases.map(({ name, body }) => {
    const tag = `    <testcase classname="eval.${run.kind}" name="${xml(name)}"`;
    return body === undefined ? `${tag}/>` : `${tag}>${body}</testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="eval ${xml(run.id)}" ${counts}>
${lines.join('\n')}${parted}
  </testsuite>
</testsuites>
`;
}
