import { readFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from './list-files.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Migrations stay as they landed, the lock file is npm's, and this check and its test say what they look for. */
const LEFT_OUT = /^(db\/migrations\/|package-lock\.json$|deploy\/local\/checks\/references\.(test\.)?ts$)/;
const TEXT = /\.(ts|mjs|js|sql|sh|md|json|jsonc|txt|yml|yaml)$|(^|\/)[^./]+$|\/Dockerfile$/;

const FAMILY = [
  'seed',
  'ipc',
  'missions',
  'runs',
  'journal-cost',
  'provisioning',
  'crews-agents',
  'keeper',
  'credentials-skills',
  'issues-projects',
  'identity',
  'inbox',
  'platform',
  'eval',
  'crewos',
  'websocket-events',
  'integrations-connectors-webhooks',
].join('|');

/** How texts that are not in the repository were cited. */
const FOREIGN = new RegExp(
  [
    String.raw`\bseeds? (?:0\d\d\b|Provisioning\b)`,
    String.raw`\bcontract(?:/|:? )(?:${FAMILY})\b`,
    String.raw`\bcontract,? \(?[a-z][a-z, -]*,? (?:sections?|§) ?\d`,
    String.raw`\bas the (?:contract|seed)s? (?:has|have|wants?|says?) it\b`,
    String.raw`\b(?:by|of) the rulings\b`,
    String.raw`\bRULINGS\b`,
    String.raw`\.\./shared/`,
    String.raw`/work/shared\b`,
  ].join('|'),
  'gi',
);

/** A page of the repository, and what of it is meant: `docs/a.md#a-heading`, `docs/a.md, A heading`. */
const PAGE = /(?<![\w/.])docs\/[\w./-]+\.md(#[\w-]+)?/g;
/** A link of Markdown to a file or heading of the repository. */
const LINK = /\]\((?![a-z]+:)([^()\s#]*)(#[^()\s]*)?\)/g;
/** What a heading may be cut at: the line's end and what begins the next line of a comment. */
const LINE_BREAK = /\s*\n[ \t]*(?:\*|\/\/|--|#)?[ \t]*/g;

/** One page: its headings, as they stand and as links name them. */
export interface Page {
  readonly headings: readonly string[];
  readonly anchors: ReadonlySet<string>;
}

export interface Repository {
  /** Files and folders, by path from its root. */
  readonly paths: ReadonlySet<string>;
  readonly pages: ReadonlyMap<string, Page>;
}

/** The headings of a page of Markdown; lines of code blocks are none. */
export function readPage(text: string): Page {
  const lines = text.replace(/^(`{3,})[^]*?^\1/gm, '').matchAll(/^#{1,6} +(.+?) *$/gm);
  const headings = [...lines].map(([, heading]) => heading!.replace(/[`*]/g, ''));
  const anchors = headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
  return { headings, anchors: new Set(anchors) };
}

/** What is wrong with the references of a text: `<file>:<line>: <what>`. */
export function brokenReferences(file: string, text: string, repository: Repository): string[] {
  // A set: a link of the README to a page is found as both.
  const found = new Set<string>();
  const say = (at: number, what: string): void => {
    found.add(`${file}:${text.slice(0, at).split('\n').length}: ${what}`);
  };
  for (const { 0: words, index } of text.matchAll(FOREIGN)) say(index, `“${words}” is not in the repository`);
  for (const match of text.matchAll(PAGE)) {
    const [name, anchor] = match;
    const after = text.slice(match.index + name.length, match.index + name.length + 120);
    const wrong = wrongWith(repository, name.replace(/#.*/, ''), anchor, citedAfter(after));
    if (wrong !== null) say(match.index, wrong);
  }
  for (const { 1: target = '', 2: anchor, index } of file.endsWith('.md') ? text.matchAll(LINK) : []) {
    const name = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
    const wrong = wrongWith(repository, name, anchor, null);
    if (wrong !== null) say(index, wrong);
  }
  return [...found];
}

/** The words after a page's name that are to be one of its headings: those after a comma that begin with a capital. */
function citedAfter(text: string): string | null {
  const [, words] = /^, ([A-Z][^]*)/.exec(text.replace(LINE_BREAK, ' ')) ?? [];
  return words ?? null;
}

function wrongWith(
  { paths, pages }: Repository,
  name: string,
  anchor: string | undefined,
  cited: string | null,
): string | null {
  if (!paths.has(name.replace(/\/$/, ''))) return `there is no ${name}`;
  const page = pages.get(name);
  if (page === undefined) return null;
  if (anchor !== undefined && !page.anchors.has(anchor.slice(1))) return `${name} has no heading for ${anchor}`;
  if (cited === null || page.headings.some((heading) => cited.startsWith(heading))) return null;
  return `${name} has no heading that “${cited.slice(0, 40)}” begins with`;
}

/** Every broken reference below `root`. Throws when there is no page to compare with. */
export function checkReferences(root: string): { files: number; broken: string[] } {
  const texts = new Map<string, string>();
  const paths = new Set<string>();
  for (const file of listFiles(root)) {
    let text: string;
    try {
      text = readFileSync(path.join(root, file), 'utf8');
    } catch {
      // Removed, and git has not heard of it.
      continue;
    }
    for (let name = file; name !== '.'; name = path.posix.dirname(name)) paths.add(name);
    if (TEXT.test(file) && !LEFT_OUT.test(file)) texts.set(file, text);
  }
  const markdown = [...texts].filter(([file]) => file.endsWith('.md'));
  if (markdown.length === 0) throw new Error(`no page was read below ${root}: nothing was compared`);
  const pages = new Map(markdown.map(([file, text]) => [file, readPage(text)]));
  const broken = [...texts].flatMap(([file, text]) => brokenReferences(file, text, { paths, pages }));
  return { files: texts.size, broken };
}

if (import.meta.main) {
  const { files, broken } = checkReferences(ROOT);
  for (const line of broken) console.error(line);
  console.log(`${files} files, ${broken.length} references that lead nowhere`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
