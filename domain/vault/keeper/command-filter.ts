import { invalidField } from '../../kernel/errors/crewship-error.ts';
import { MAX_COMMAND_LENGTH } from './keeper-request.ts';

/** Programs that run what their arguments say, and the options that make them. */
const EVALUATORS: readonly { readonly program: RegExp; readonly option: RegExp }[] = [
  { program: /^(ba|da|z|k|c|tc|fi)?sh$|^busybox$/, option: /^-[a-z]*c|^--command/ },
  { program: /^(python|pypy)[0-9.]*$/, option: /^-[A-Za-z]*c|^-$/ },
  { program: /^(node|nodejs|bun|deno)$/, option: /^-[a-z]*[ep]|^--(eval|print|require|import)|^eval$|^-$/ },
  { program: /^(perl|ruby)[0-9.]*$/, option: /^-[A-Za-z0-9]*[eE]|^-$/ },
  { program: /^php[0-9.]*$/, option: /^-[a-z]*[rBRE]|^--run/ },
  { program: /^lua[0-9.]*$/, option: /^-[a-z]*e|^-$/ },
  { program: /^(R|Rscript|julia|erl|elixir|ghc|osascript|tclsh|expect)$/, option: /^-+(e|eval|c|noshell)/ },
];

/** Programs whose one purpose is to run a text, or to show what this process holds. */
const NEVER =
  /^(eval|exec|source|\.|awk|gawk|mawk|nawk|sed|xargs|env|printenv|set|export|declare|strace|ltrace|gdb|script|tee)$/;
/** What is run by these is looked at as if it stood alone. */
const CARRIERS =
  /^(nice|nohup|time|timeout|stdbuf|setsid|command|sudo|doas|su|ionice|chrt|taskset|unshare|nsenter|flock)$/;

/** Characters that a shell would act on; there is none, but text that wants one wants more than one command. */
const OPERATORS = /[;|>&`\n\r\t\v\f]|\$\(|\$\{|<\(|<</;

function refuse(rule: string): never {
  throw invalidField('command', rule);
}

/**
 * The program and its arguments (docs/contracts/keeper.md, Commands). No shell reads them: single quotes and double
 * quotes hold words together, and nothing is expanded. Throws `invalid_request` for what is no single plain command.
 */
export function parseCommand(command: string): readonly string[] {
  if (command.length > MAX_COMMAND_LENGTH) refuse(`must have at most ${MAX_COMMAND_LENGTH} characters`);
  if (command.includes('\0')) refuse('must not hold NUL');
  const argv = splitWords(command);
  if (argv.length === 0) refuse('must name a program');
  refuseEvaluation(argv);
  if (argv.some((word) => /(^|[=:@/])(proc|dev\/fd)\//.test(word))) refuse('must not reach into /proc or /dev/fd');
  return argv;
}

function splitWords(command: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  let plain = '';
  let quote: '"' | "'" | null = null;
  for (const character of command) {
    if (quote !== "'") plain += character;
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    if (quote !== "'" && /[\u0000-\u0008\u000b-\u001f\u007f]/.test(character))
      refuse('must not hold control characters');
    if (quote === null && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === quote) {
      quote = null;
    } else if (quote === null && character === ' ') {
      if (word !== null) words.push(word);
      word = null;
    } else {
      if (quote !== "'" && character === '\\') refuse('must not escape: use single quotes');
      word = (word ?? '') + character;
    }
  }
  if (quote !== null) refuse('must close its quotes');
  if (OPERATORS.test(plain))
    refuse('must be one command: no ; | > & ` $( ${ <( << and no newline outside single quotes');
  return word === null ? words : [...words, word];
}

function refuseEvaluation(argv: readonly string[]): void {
  const program = argv[0]!.split('/').at(-1)!;
  if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(argv[0]!)) refuse('must begin with its program');
  if (NEVER.test(program) || CARRIERS.test(program)) refuse(`must not run ${program}`);
  const isEvaluated = EVALUATORS.some(
    ({ program: known, option }) => known.test(program) && argv.slice(1).some((word) => option.test(word)),
  );
  if (isEvaluated) refuse('must not hand a program text to run');
  if (EVALUATORS.some(({ program: known }) => known.test(program)) && argv.length === 1) {
    refuse('must name what is run');
  }
  if (program === 'find' && argv.some((word) => /^-(exec|execdir|ok|okdir|fprint|fprintf|fls)$/.test(word))) {
    refuse('must not have find run or write anything');
  }
}
