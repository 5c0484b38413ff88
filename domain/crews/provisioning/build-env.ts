import type { FeatureOptions } from './read-devcontainer-config.ts';

export type Env = Readonly<Record<string, string>>;

/** An option as its installer sees it: `install-tools` is `INSTALL_TOOLS`. */
function optionVariable(name: string): string {
  return name
    .replace(/[^\w]/g, '_')
    .replace(/^[\d_]+/, '_')
    .toUpperCase();
}

/** The options of a feature as variables, its defaults among them. Values are whole: nothing reads them again. */
export function optionEnv(defaults: FeatureOptions, given: FeatureOptions): Env {
  const options = { ...defaults, ...given };
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [optionVariable(name), String(value)]));
}

/**
 * The variables of a feature put into an environment. In a value `${NAME}`, `$NAME` and `${containerEnv:NAME}` stand
 * for what was there before, as in an image's instructions; `\$` is a dollar. What they stand for is not read again.
 */
export function withFeatureEnv(env: Env, added: Env): Env {
  const expanded = Object.entries(added).map(([name, value]) => [name, expand(value, env)]);
  return { ...env, ...(Object.fromEntries(expanded) as Env) };
}

function expand(value: string, env: Env): string {
  return value.replace(
    /\\\$|\$\{(?:containerEnv:)?([A-Za-z_]\w*)(?::-([^}]*))?\}|\$([A-Za-z_]\w*)/g,
    (_text, braced: string | undefined, fallback: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare;
      if (name === undefined) return '$';
      return (Object.hasOwn(env, name) ? env[name] : undefined) ?? fallback ?? '';
    },
  );
}

/** What the daemon gives where an image says nothing. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The variables of an image, from its `NAME=value` lines; there is always a `PATH`. */
export function imageEnv(lines: readonly string[]): Env {
  const named = lines.map((line) => {
    const equals = line.indexOf('=');
    return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
  });
  return { PATH: DEFAULT_PATH, ...(Object.fromEntries(named) as Env) };
}

/** As images and containers hold them. */
export function envLines(env: Env): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
