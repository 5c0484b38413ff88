import { detect } from 'tinyld';
import { z } from 'zod';
import type { PlainCheck } from '../../../domain/evidence/validation/validation-config.ts';
import type { CheckResult } from '../../../domain/evidence/validation/judgement.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { scrubText } from '../../../platform/scrubber/scrubber.ts';
import { personalDataIn } from './personal-data.ts';

/** What a content is held against besides its own words. */
export interface Checked {
  readonly content: string;
  readonly context: string;
}

type Verdict = Pick<CheckResult, 'score' | 'passed' | 'detail'>;

/** A language shows in its first lines; telling it takes 30 µs a character. */
const LANGUAGE_SAMPLE = 2_000;
/** Parts of a content, times the ways that its schema leaves open: a third of a second, on the thread of all. */
const MOST_WORK = 200_000;
const BRANCHING = new Set(['anyOf', 'oneOf', 'allOf', 'enum', 'prefixItems']);

/** What is shorter is of no language in particular. */
const LEAST_FOR_LANGUAGE = 20;

const verdict = (passed: boolean, detail: string): Verdict => ({ passed, score: passed ? 1 : 0, detail });

/** Holds a content against a rule that needs no model. Throws `invalid_request` for a schema that is none. */
export function runCheck(check: PlainCheck, checked: Checked): CheckResult {
  return { id: check.kind, ...judge(check, checked) };
}

function judge(check: PlainCheck, { content, context }: Checked): Verdict {
  switch (check.kind) {
    case 'not_empty':
      return verdict(content.trim() !== '', content.trim() === '' ? 'there is nothing' : 'there is something');
    case 'length':
      return lengthVerdict(content, check);
    case 'json_schema':
      return schemaVerdict(content, check.schema);
    case 'citations_resolve':
      return citationsVerdict(content, context);
    case 'no_secrets':
      return scrubText(content, []) === content
        ? verdict(true, 'nothing looks like a secret')
        : verdict(false, 'something looks like a secret');
    case 'no_personal_data': {
      const found = personalDataIn(content);
      return verdict(found.length === 0, found.length === 0 ? 'none was found' : `found: ${found.join(', ')}`);
    }
    case 'language':
      return languageVerdict(content, check.languages);
    case 'banned_terms': {
      const lower = content.toLowerCase();
      const found = check.terms.filter((term) => hasWords(lower, term.toLowerCase()));
      return verdict(found.length === 0, found.length === 0 ? 'none was found' : `found ${found.length} of them`);
    }
  }
}

function lengthVerdict(content: string, { min, max }: { readonly min: number; readonly max: number }): Verdict {
  const length = Array.from(content).length;
  return verdict(length >= min && length <= max, `${length} characters, between ${min} and ${max} are wanted`);
}

function schemaVerdict(content: string, schema: Readonly<Record<string, unknown>>): Verdict {
  let rule: z.ZodType;
  try {
    rule = z.fromJSONSchema(schema);
  } catch (cause) {
    throw new CrewshipError('invalid_request', 'checks: holds a json_schema that is none', {
      fields: [{ path: 'checks', message: 'holds a json_schema that is none' }],
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return verdict(false, 'it is not JSON');
  }
  if (nodesOf(value) * (1 + branchesOf(schema)) > MOST_WORK) return verdict(false, 'it is too large for this schema');
  const parsed = rule.safeParse(value);
  if (parsed.success) return verdict(true, 'it is as the schema says');
  const at = storable(parsed.error.issues[0]!.path.join('.').slice(0, 200));
  return verdict(false, `it breaks the schema at ${at === '' ? 'its root' : at}`);
}

/** The marks of sources, `[1]`. */
const MARK = /\[(\d{1,4})\]/g;

function citationsVerdict(content: string, context: string): Verdict {
  const sources = new Set([...context.matchAll(/^\s*\[(\d{1,4})\]/gm)].map(([, mark]) => Number(mark)));
  const cited = new Set([...content.matchAll(MARK)].map(([, mark]) => Number(mark)));
  const lost = [...cited].filter((mark) => !sources.has(mark));
  const score = cited.size === 0 ? 1 : (cited.size - lost.length) / cited.size;
  const detail =
    lost.length === 0 ? `${cited.size} sources are cited` : `${lost.length} of ${cited.size} have no source`;
  return { passed: lost.length === 0, score, detail };
}

function languageVerdict(content: string, wanted: readonly string[]): Verdict {
  const sample = content.trim().slice(0, LANGUAGE_SAMPLE);
  const found = sample.length < LEAST_FOR_LANGUAGE ? '' : detect(sample);
  if (found === '') return verdict(true, 'too short, or of no language that is known');
  return verdict(wanted.includes(found), `it is ${found}`);
}

const isWordLetter = (letter: string | undefined) => letter !== undefined && /[\p{L}\p{N}]/u.test(letter);

/** What a database of JSON can hold. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\u{fffd}');

function nodesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, one) => sum + nodesOf(one), 1);
}

/** Ways that a schema leaves open: each is tried for each part of a content. */
function branchesOf(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0;
  return Object.entries(schema).reduce(
    (sum, [word, value]) => sum + (BRANCHING.has(word) && Array.isArray(value) ? value.length : 0) + branchesOf(value),
    0,
  );
}

/** Where the word ends that goes on at a place. */
function wordEnd(content: string, at: number): number {
  const end = /[^\p{L}\p{N}]/gu;
  end.lastIndex = at;
  return end.exec(content)?.index ?? content.length;
}

/** Whether a term is there as words of its own: `ass` is not in `class`. */
function hasWords(content: string, term: string): boolean {
  let next = 0;
  for (let at = content.indexOf(term); at !== -1; at = content.indexOf(term, next)) {
    const isInside = isWordLetter(content[at - 1]) && isWordLetter(term[0]);
    const goesOn = isWordLetter(content[at + term.length]) && isWordLetter(term.at(-1));
    if (!isInside && !goesOn) return true;
    // What begins in the midst of this word begins no word.
    next = isInside ? Math.max(at + 1, wordEnd(content, at)) : at + 1;
  }
  return false;
}
