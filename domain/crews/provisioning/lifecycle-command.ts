/**
 * What a hook runs, in one of three shapes: a line for `/bin/sh -c`, the words of one program without any shell, or
 * named ones of either kind.
 */
export type LifecycleCommand = SingleCommand | Readonly<Record<string, SingleCommand>>;
type SingleCommand = string | readonly string[];

/** One program of a hook. */
export interface HookProgram {
  /** Name among named ones; '' alone. */
  readonly name: string;
  /** Words as they are executed. The text of a line is one word, never part of another. */
  readonly argv: readonly string[];
}

function isWords(command: SingleCommand): command is readonly string[] {
  return Array.isArray(command);
}

function programOf(name: string, command: SingleCommand): HookProgram | null {
  if (isWords(command)) return command.length === 0 ? null : { name, argv: command };
  return command.trim() === '' ? null : { name, argv: ['/bin/sh', '-c', command] };
}

/**
 * The programs of a hook in the order in which they run: one after the other, named ones sorted by name, so that the
 * order in which somebody wrote them changes nothing. (The devcontainer format would run named ones all at once.)
 * Empty ones are left out.
 */
export function hookPrograms(command: LifecycleCommand | null): readonly HookProgram[] {
  if (command === null) return [];
  const named =
    typeof command === 'string' || Array.isArray(command)
      ? [programOf('', command as SingleCommand)]
      : Object.entries(command as Readonly<Record<string, SingleCommand>>)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, single]) => programOf(name, single));
  return named.filter((program) => program !== null);
}
