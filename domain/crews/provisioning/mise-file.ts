import type { BuildSpec } from './build-spec.ts';
import { isToolName, isToolVersion } from './mise-config.ts';

/**
 * The configuration that mise installs from: tools and nothing else, as mise reads templates in variables. Names and
 * versions are what a configuration may hold, and stand in quotes; backends are the operator's words. Throws a
 * RangeError for any other name or version.
 */
export function miseFile({ tools, backends }: BuildSpec['mise']): string {
  const names = Object.keys(tools).sort();
  if (!names.every((name) => isToolName(name) && isToolVersion(tools[name]!))) {
    throw new RangeError('no tool name or version');
  }
  const aliased = names.filter((name) => Object.hasOwn(backends, name));
  return [
    '[tool_alias]',
    ...aliased.map((name) => `${quoted(name)} = ${quoted(backends[name]!)}`),
    '[tools]',
    ...names.map((name) => `${quoted(name)} = ${quoted(tools[name]!)}`),
    '',
  ].join('\n');
}

/** A basic string of TOML, which has JSON's escapes and one more. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\u007f', '\\u007f');
}
