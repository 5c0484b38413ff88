import type { FieldError } from '../../kernel/errors/crewship-error.ts';
import { type ConfigProblems, createConfigProblems, isJsonObject } from './config-problems.ts';
import { JsoncError, parseJsonc } from './parse-jsonc.ts';

export const MAX_MISE_CONFIG_BYTES = 10_240;
const MAX_TOOLS = 20;
const MAX_ENV = 20;
const MAX_ENV_VALUE_LENGTH = 4_096;

// Neither begins like an option, and no version is a path to above.
const TOOL_NAME = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,49}$/;
const TOOL_VERSION = /^[a-zA-Z0-9][a-zA-Z0-9.-]{0,29}$/;
const ENV_KEY = /^[A-Z_][A-Z0-9_]{0,99}$/;
/** What could end the quotes or the here-document that a value is written into. */
const ENV_VALUE_ENDS = /[\0\r\n'"`]|<</;

/** Whether mise can be asked for a tool of this name. A backend (`npm:prettier`) takes the operator's alias table. */
export function isToolName(name: string): boolean {
  return TOOL_NAME.test(name);
}

export function isToolVersion(version: string): boolean {
  return TOOL_VERSION.test(version);
}

/** Tools that are pinned, and variables for them. What is absent is empty. */
export interface MiseConfig {
  /** Name to version. */
  readonly tools: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** Reads a `mise_config` that {@link checkMiseConfig} lets pass. */
export function readMiseConfig(text: string): MiseConfig {
  return readMiseTools(parseMiseText(text));
}

/** The same of the parsed value. */
export function readMiseTools(value: unknown): MiseConfig {
  const { tools, env } = value as Partial<MiseConfig>;
  return { tools: tools ?? {}, env: env ?? {} };
}

function parseMiseText(text: string): unknown {
  return text.trimStart().startsWith('{') ? parseJsonc(text) : parseToml(text);
}

/**
 * What is wrong with a crew's `mise_config`: a text, JSON (with comments) or TOML, that holds `tools` (name to version)
 * and `env`. Rules: docs/contracts/provisioning.md, Tools.
 */
export function checkMiseConfig(text: string): readonly FieldError[] {
  const problems = createConfigProblems();
  if (new TextEncoder().encode(text).length > MAX_MISE_CONFIG_BYTES) {
    problems.add('', `must be at most ${MAX_MISE_CONFIG_BYTES} bytes`);
    return problems.list;
  }
  try {
    checkMiseTools(parseMiseText(text), '', problems);
  } catch (error) {
    if (!(error instanceof JsoncError || error instanceof TomlError)) throw error;
    problems.add('', error.message);
  }
  return problems.list;
}

/** The same of the parsed value, wherever it stands. `path`: its place, '' or ending in a dot. */
export function checkMiseTools(value: unknown, path: string, problems: ConfigProblems): void {
  const itself = path.slice(0, -1);
  if (!isJsonObject(value)) return problems.add(itself, 'must be an object of tools and env');
  for (const [key, part] of Object.entries(value)) {
    if (key !== 'tools' && key !== 'env') problems.add(`${path}${key}`, 'is unknown: only tools and env are');
    else if (!isJsonObject(part)) problems.add(`${path}${key}`, 'must be an object');
  }
  if (isJsonObject(value.tools)) {
    const tools = Object.entries(value.tools);
    if (tools.length > MAX_TOOLS) problems.add(`${path}tools`, `must be at most ${MAX_TOOLS}`);
    for (const [name, version] of tools) {
      if (!TOOL_NAME.test(name)) problems.add(`${path}tools.${name}`, `must be named by ${TOOL_NAME.source}`);
      else if (typeof version !== 'string' || !TOOL_VERSION.test(version)) {
        problems.add(`${path}tools.${name}`, `must be a version, a string of ${TOOL_VERSION.source}`);
      }
    }
  }
  if (isJsonObject(value.env)) {
    const env = Object.entries(value.env);
    if (env.length > MAX_ENV) problems.add(`${path}env`, `must be at most ${MAX_ENV}`);
    for (const [key, text] of env) {
      if (!ENV_KEY.test(key)) problems.add(`${path}env.${key}`, `must be named by ${ENV_KEY.source}`);
      else if (typeof text !== 'string' || text.length > MAX_ENV_VALUE_LENGTH || ENV_VALUE_ENDS.test(text)) {
        problems.add(
          `${path}env.${key}`,
          `must be a string of at most ${MAX_ENV_VALUE_LENGTH} characters without NUL, line breaks, quotes or <<`,
        );
      }
    }
  }
}

class TomlError extends Error {
  constructor(line: number, rule: string) {
    super(`is neither JSON nor TOML of [tools] and [env]: line ${line} ${rule}`);
    this.name = 'TomlError';
  }
}

/** The part of TOML that names and versions need: tables, and `key = "text"`. Throws {@link TomlError}. */
function parseToml(text: string): Record<string, Record<string, string>> {
  const tables = new Map<string, Map<string, string>>();
  let table: Map<string, string> | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const heading = /^\s*\[\s*([A-Za-z0-9_-]+)\s*\]\s*(?:#.*)?$/.exec(line)?.[1];
    if (heading !== undefined) {
      if (tables.has(heading)) throw new TomlError(index + 1, 'repeats a table');
      tables.set(heading, (table = new Map()));
      continue;
    }
    const pair = /^\s*(?:([A-Za-z0-9_-]+)|"([^"\\]+)")\s*=\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/.exec(line);
    if (pair === null) throw new TomlError(index + 1, 'is no table, no comment and no key = "text"');
    if (table === undefined) throw new TomlError(index + 1, 'stands in no table');
    const key = (pair[1] ?? pair[2])!;
    if (table.has(key)) throw new TomlError(index + 1, 'repeats a key');
    table.set(key, (pair[3] ?? pair[4])!);
  }
  return Object.fromEntries([...tables].map(([name, pairs]) => [name, Object.fromEntries(pairs)]));
}
