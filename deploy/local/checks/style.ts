import { readFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from './list-files.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Characters of a line of code, SQL or comment, as the formatter has it for the code that it can break. */
const WIDTH = 120;
const MEASURED = /\.(ts|mjs|sql|sh)$/;
/** What a program has written: types of clients, functions as the database has them, recorded histories. */
const GENERATED = /^(clients\/[^/]+\/src\/generated|db\/functions|test\/replay\/(histories|rehearsals))\//;
/** Migrations up to this one landed before lines were measured, and stay as they are. */
const NEWEST_UNMEASURED_MIGRATION = 32;

/** Lines that their language gives no place to break: the path of an import, the title of a test. */
const IMPORT = /^(import\b.*|\} )from '[^']+';$/;
const TITLED = /^\s*(?:test|it|describe|\w+Test)(?:\.\w+(?:\([^()]*\))?)*\(\s*['"`]/;
const TITLE_FOLLOWS = /^\s*(?:test|it|describe|\w+Test)(?:\.\w+(?:\([^()]*\))?)*\($/;

/** Folders and files of code are kebab-case; migrations begin with their number, functions have their name in SQL. */
const NAME = /^(\.?[a-z0-9]+(-[a-z0-9]+)*)(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const NAMED_BY_SQL = /^db\/(functions|migrations)\//;
/** Names of files that say nothing of what is in them. */
const SAYS_NOTHING = /^(utils?|helpers?|misc|common|shared|stuff)\./;

/** Where a comment of code begins that has its lines for itself. */
const COMMENT = /^\s*(?:\/\*\*?|\/\/)\s*(\S.*)$/;
/** Openings that say nothing yet: a comment begins with what it is about. */
const SAYS_NOTHING_YET = /^(NOTE|NB|Note|Please|Basically|Actually|We|I|You)\b/;

function isMeasured(file: string): boolean {
  if (!MEASURED.test(file) || GENERATED.test(file)) return false;
  const [, number] = /^db\/migrations\/(\d+)_/.exec(file) ?? [];
  return number === undefined || Number(number) > NEWEST_UNMEASURED_MIGRATION;
}

/** Whether a line has no place to go on in the next one: a path, a title, or a word that fills it. */
function isWhole(line: string, before: string): boolean {
  if (IMPORT.test(line) || TITLED.test(line) || TITLE_FOLLOWS.test(before)) return true;
  const indent = line.search(/\S/);
  return line.split(/\s+/).some((word) => indent + Array.from(word).length > WIDTH);
}

/** What is wrong with the lines of a file: `<file>:<line>: <what>`. */
export function wrongLines(file: string, text: string): string[] {
  if (!isMeasured(file)) return [];
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const found: string[] = [];
    const length = Array.from(line).length;
    if (length > WIDTH && !isWhole(line, lines[index - 1] ?? '')) {
      found.push(`is ${length} characters long, more than ${WIDTH}`);
    }
    const [, comment = ''] = /\.(ts|mjs)$/.test(file) ? (COMMENT.exec(line) ?? []) : [];
    const [opening] = SAYS_NOTHING_YET.exec(comment) ?? [];
    if (opening !== undefined) found.push(`a comment opens with “${opening}”, not with what it is about`);
    return found.map((what) => `${file}:${index + 1}: ${what}`);
  });
}

/** What is wrong with a file's name and its folders': null if nothing is. */
export function wrongName(file: string): string | null {
  if (!MEASURED.test(file)) return null;
  const parts = file.split('/');
  const odd = NAMED_BY_SQL.test(file) ? undefined : parts.find((part) => !NAME.test(part));
  if (odd !== undefined) return `${file}: ${odd} is not kebab-case`;
  const name = parts.at(-1)!;
  return SAYS_NOTHING.test(name) ? `${file}: ${name} does not say what is in it` : null;
}

/** All that is wrong below `root`. Throws when there is nothing to look at. */
export function checkStyle(root: string): { files: number; wrong: string[] } {
  const wrong: string[] = [];
  let files = 0;
  for (const file of listFiles(root)) {
    let text: string;
    try {
      text = MEASURED.test(file) ? readFileSync(path.join(root, file), 'utf8') : '';
    } catch {
      // Removed, and git has not heard of it.
      continue;
    }
    if (text === '') continue;
    files += 1;
    const name = wrongName(file);
    if (name !== null) wrong.push(name);
    wrong.push(...wrongLines(file, text));
  }
  if (files === 0) throw new Error(`no file of code was read below ${root}: nothing was looked at`);
  return { files, wrong };
}

if (import.meta.main) {
  const { files, wrong } = checkStyle(ROOT);
  for (const line of wrong) console.error(line);
  console.log(`${files} files, ${wrong.length} against the style`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
