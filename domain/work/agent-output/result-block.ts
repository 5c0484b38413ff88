import { CONFIDENCE } from '../missions/confidence.ts';
import { MAX_PLANNED_TASKS } from '../missions/parse-plan.ts';
import { objectOf, parseObject } from './loose-json.ts';

/** What an agent may state at the end of its answer, and the answer without it. */
export interface ResultBlock {
  readonly summary: string;
  /** 0 to 1. */
  readonly confidence: number | null;
  readonly handoff: Readonly<Record<string, unknown>> | null;
  /**
   * What a lead was asked for when it plans a mission, unread (`domain/work/missions/parse-plan.ts`); undefined: none.
   */
  readonly plan: unknown;
  /** Files that it wants published, unread (`domain/work/artifacts/artifact.ts`). */
  readonly artifacts: unknown;
}

const MAX_SUMMARY_LENGTH = 8_000;
const MAX_HANDOFF_LENGTH = 32_768;
const OPENING = '```crewship';
const WORDS: Readonly<Record<string, number>> = CONFIDENCE;

/** What prompts ask for; {@link readResultBlock} reads it. */
export const RESULT_BLOCK_REQUEST = [
  'End your final answer with this block, filled in, and write nothing after it:',
  '',
  OPENING,
  '{"confidence": 0.0, "handoff": {}, "artifacts": []}',
  '```',
  '',
  '`confidence` is how sure you are, from 0 to 1, that the task is done as asked. `handoff` is a JSON object with what',
  'the tasks that depend on yours need to know: files and where they are, decisions, open points. The text before the',
  'block is kept as the summary of your work; keep it short. `artifacts` names files below /output that people get, as',
  '{"path": "reports/march.html", "title": "March"}; most work has none.',
].join('\n');

/** What the prompt of a planning run asks for instead. */
export const PLAN_BLOCK_REQUEST = [
  `Make a plan of 1 to ${MAX_PLANNED_TASKS} tasks; do none of them yourself. End your final answer with this block,`,
  'filled in, and write nothing after it:',
  '',
  OPENING,
  '{"plan": {"tasks": [',
  '  {"key": "research", "title": "…", "description": "…", "assigned_agent": "<slug>", "depends_on": []},',
  '  {"key": "write", "title": "…", "description": "…", "assigned_agent": "<slug>", "depends_on": ["research"]}',
  ']}}',
  '```',
  '',
  '`depends_on` names the keys of the tasks whose results a task needs; tasks that do not need each other run at ' +
    'once. A task',
  'without `assigned_agent` is yours. Each agent sees only its own task and the results of those it depends on.',
].join('\n');

/** 0.8, "0.8", "80%", 80 and "high" all say how sure somebody is. */
function confidenceOf(value: unknown): number | null {
  if (typeof value === 'string') {
    const word = WORDS[value.trim().toLowerCase()];
    if (word !== undefined) return word;
    const match = /^\s*(\d{1,3}(?:\.\d{1,6})?)\s*(%?)\s*$/.exec(value);
    if (match === null) return null;
    return match[2] === '%' ? confidenceOf(Number(match[1]) / 100) : confidenceOf(Number(match[1]));
  }
  if (typeof value !== 'number' || !(value >= 0)) return null;
  if (value <= 1) return value;
  return value <= 100 ? value / 100 : null;
}

function handoffOf(value: unknown): ResultBlock['handoff'] {
  if (value === undefined || value === null || value === '') return null;
  const handoff = objectOf(value) ?? { notes: value };
  try {
    if (Object.keys(handoff).length === 0 || JSON.stringify(handoff).length > MAX_HANDOFF_LENGTH) return null;
    return handoff;
  } catch {
    // Nested too deep to be written again.
    return null;
  }
}

/**
 * The last block of an answer. A block that is missing, cut or not an object states nothing, and nothing is wrong with
 * the answer for that. Never throws.
 */
export function readResultBlock(answer: string): ResultBlock {
  const start = answer.lastIndexOf(OPENING);
  const body = start === -1 ? '' : answer.slice(start + OPENING.length);
  const closing = body.lastIndexOf('```');
  const stated = parseObject((closing === -1 ? body : body.slice(0, closing)).trim());
  // Without a block that can be read, everything is summary: it may be of use to people.
  const summary = (stated === null ? answer : answer.slice(0, start)).trim();
  return {
    summary: summary.slice(0, MAX_SUMMARY_LENGTH).toWellFormed(),
    confidence: confidenceOf(stated?.confidence),
    handoff: handoffOf(stated?.handoff),
    plan: stated?.plan,
    artifacts: stated?.artifacts,
  };
}
