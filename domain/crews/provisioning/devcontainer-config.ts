import type { FieldError } from '../../kernel/errors/crewship-error.ts';
import { type ConfigProblems, createConfigProblems, isJsonObject } from './config-problems.ts';
import { featureReferenceProblem, isFeatureId } from './feature-reference.ts';
import { checkMiseTools } from './mise-config.ts';
import { checkMounts } from './mounts.ts';
import { JsoncError, parseJsonc } from './parse-jsonc.ts';

export const MAX_DEVCONTAINER_CONFIG_BYTES = 102_400;
const MAX_IMAGE_LENGTH = 512;
const MAX_FEATURES = 50;
const MAX_OPTIONS = 100;
const MAX_OPTION_LENGTH = 4_096;
const MAX_COMMAND_LENGTH = 4_096;
const MAX_COMMAND_WORDS = 100;
const MAX_NAMED_COMMANDS = 32;
const MAX_ENV = 32;
const MAX_ENV_VALUE_LENGTH = 4_096;

const IMAGE = /^[a-zA-Z0-9][a-zA-Z0-9._/:@-]*$/;
const OPTION_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
const REMOTE_USERS: readonly unknown[] = ['', 'agent', '1001'];
const CAPABILITIES: readonly unknown[] = ['NET_BIND_SERVICE'];

/** What a crew's `devcontainer_config` breaks, and what must be known of it besides. */
export interface CheckedDevcontainerConfig {
  /** Paths are relative to the configuration; '' is the whole of it. */
  readonly problems: readonly FieldError[];
  /** Whether it asks for a privileged container, which only some workspaces allow. */
  readonly privileged: boolean;
  /** Whether it pins tools under its `mise` key. */
  readonly pinsTools: boolean;
}

/**
 * Judges a devcontainer configuration, JSON with comments. Fields that Crewship does not know are ignored, as the
 * format wants it; those it knows obey docs/contracts/provisioning.md, Configuration.
 */
export function checkDevcontainerConfig(text: string): CheckedDevcontainerConfig {
  const problems = createConfigProblems();
  const broken = (message: string) => {
    problems.add('', message);
    return { problems: problems.list, privileged: false, pinsTools: false };
  };
  if (new TextEncoder().encode(text).length > MAX_DEVCONTAINER_CONFIG_BYTES) {
    return broken(`must be at most ${MAX_DEVCONTAINER_CONFIG_BYTES} bytes`);
  }
  let config: unknown;
  try {
    config = parseJsonc(text);
  } catch (error) {
    if (error instanceof JsoncError) return broken(error.message);
    throw error;
  }
  if (!isJsonObject(config)) return broken('must be an object');

  checkImage(config.image, problems);
  if (config.features !== undefined) checkFeatures(config.features, problems);
  if (config.overrideFeatureInstallOrder !== undefined) checkFeatureOrder(config.overrideFeatureInstallOrder, problems);
  if (config.remoteUser !== undefined && !REMOTE_USERS.includes(config.remoteUser)) {
    problems.add('remoteUser', 'must be empty, "agent" or "1001": agents run as that user');
  }
  for (const hook of ['postCreateCommand', 'postStartCommand'] as const) {
    if (config[hook] !== undefined) checkHook(hook, config[hook], problems);
  }
  for (const name of ['containerEnv', 'remoteEnv'] as const) {
    if (config[name] !== undefined) checkEnv(name, config[name], problems);
  }
  if (config.privileged !== undefined && typeof config.privileged !== 'boolean') {
    problems.add('privileged', 'must be true or false');
  }
  if (config.capAdd !== undefined) checkCapabilities(config.capAdd, problems);
  if (config.mounts !== undefined) checkMounts(config.mounts, problems);
  if (config.mise !== undefined) checkMiseTools(config.mise, 'mise.', problems);
  return {
    problems: problems.list,
    privileged: config.privileged === true,
    pinsTools: config.mise !== undefined,
  };
}

function checkImage(image: unknown, problems: ConfigProblems): void {
  if (image === undefined || image === '') {
    problems.add('image', 'is required: crews are not built from Dockerfiles or compose files');
  } else if (typeof image !== 'string' || image.length > MAX_IMAGE_LENGTH || !IMAGE.test(image)) {
    problems.add('image', `must be an image reference of at most ${MAX_IMAGE_LENGTH} characters, without blanks`);
  }
}

function checkFeatures(features: unknown, problems: ConfigProblems): void {
  if (!isJsonObject(features)) return problems.add('features', 'must be an object: reference to options');
  const entries = Object.entries(features);
  if (entries.length > MAX_FEATURES) problems.add('features', `must be at most ${MAX_FEATURES}`);
  for (const [reference, options] of entries) {
    const path = `features.${reference}`;
    const problem = featureReferenceProblem(reference);
    if (problem !== null) problems.add(path, problem);
    else if (isJsonObject(options)) checkFeatureOptions(path, Object.entries(options), problems);
    // The short form gives the version alone.
    else checkFeatureOptions(path, [['version', options]], problems);
  }
}

export function checkFeatureOptions(
  path: string,
  options: readonly [string, unknown][],
  problems: ConfigProblems,
): void {
  if (options.length > MAX_OPTIONS) problems.add(path, `must have at most ${MAX_OPTIONS} options`);
  for (const [name, value] of options) {
    if (!OPTION_NAME.test(name)) problems.add(`${path}.${name}`, `must be an option named by ${OPTION_NAME.source}`);
    else if (typeof value !== 'boolean' && !isText(value, MAX_OPTION_LENGTH)) {
      problems.add(`${path}.${name}`, `must be true, false or a string of at most ${MAX_OPTION_LENGTH} characters`);
    }
  }
}

function checkFeatureOrder(order: unknown, problems: ConfigProblems): void {
  const name = 'overrideFeatureInstallOrder';
  if (!Array.isArray(order) || order.length > MAX_FEATURES) {
    return problems.add(name, `must be a list of at most ${MAX_FEATURES} features`);
  }
  for (const [index, id] of (order as unknown[]).entries()) {
    if (typeof id !== 'string' || !isFeatureId(id)) {
      problems.add(`${name}.${index}`, 'must be a feature of a publisher, without its version');
    }
  }
}

/** A command is a line for a shell, or a list of words; a hook is one command, or an object of named ones. */
export function checkHook(hook: string, value: unknown, problems: ConfigProblems): void {
  if (!isJsonObject(value)) return checkCommand(hook, value, problems);
  const named = Object.entries(value);
  if (named.length > MAX_NAMED_COMMANDS) problems.add(hook, `must be at most ${MAX_NAMED_COMMANDS} commands`);
  for (const [name, command] of named) checkCommand(`${hook}.${name}`, command, problems);
}

function checkCommand(path: string, command: unknown, problems: ConfigProblems): void {
  const words: unknown[] | null = Array.isArray(command) ? command : null;
  const wellFormed =
    words === null
      ? isText(command, MAX_COMMAND_LENGTH)
      : words.length > 0 &&
        words.length <= MAX_COMMAND_WORDS &&
        words.every((word) => isText(word, MAX_COMMAND_LENGTH));
  if (!wellFormed) {
    problems.add(
      path,
      `must be a string, or a list of 1 to ${MAX_COMMAND_WORDS} strings, ` +
        `each of at most ${MAX_COMMAND_LENGTH} characters without NUL`,
    );
  }
}

export function checkEnv(name: string, env: unknown, problems: ConfigProblems): void {
  if (!isJsonObject(env)) return problems.add(name, 'must be an object');
  const entries = Object.entries(env);
  if (entries.length > MAX_ENV) problems.add(name, `must have at most ${MAX_ENV} keys`);
  for (const [key, value] of entries) {
    if (!ENV_NAME.test(key)) problems.add(`${name}.${key}`, `must be named by ${ENV_NAME.source}`);
    else if (!isText(value, MAX_ENV_VALUE_LENGTH)) {
      problems.add(`${name}.${key}`, `must be a string of at most ${MAX_ENV_VALUE_LENGTH} characters without NUL`);
    }
  }
}

function checkCapabilities(capabilities: unknown, problems: ConfigProblems): void {
  if (!Array.isArray(capabilities)) return problems.add('capAdd', 'must be a list');
  for (const [index, capability] of capabilities.entries()) {
    if (!CAPABILITIES.includes(capability)) problems.add(`capAdd.${index}`, `must be ${CAPABILITIES.join(', ')}`);
  }
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && !value.includes('\0');
}
