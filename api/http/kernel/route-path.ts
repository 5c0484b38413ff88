/**
 * A parameter of a route's path, with the pattern that it has where something follows in its segment; `::` is a colon.
 * `/tasks/:taskId(^[\\w-]+)::cancel` is `/tasks/<id>:cancel`.
 */
const PART = /::|:([A-Za-z]+)(?:\([^)]*\))?/g;

/** The names of a path's parameters, in its order. */
export function parametersOf(url: string): string[] {
  return [...url.matchAll(PART)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** The path with something in the place of each parameter. */
export function fillParameters(url: string, fill: (name: string) => string): string {
  return url.replace(PART, (_part, name: string | undefined) => (name === undefined ? ':' : fill(name)));
}
