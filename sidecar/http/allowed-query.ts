import { badRequest } from './problem.ts';

/** Parameters that a call takes, each with what its decoded value must match. */
export type AllowedQuery = Readonly<Record<string, RegExp>>;

/**
 * What of a request's query goes on to the API, encoded anew: `?name=value…`, or nothing. Other parameters are dropped,
 * those that name a workspace or a crew among them: the API takes both from the crew's token. Throws a bad request for
 * a parameter that comes twice or does not match.
 */
export function allowedQuery(query: string, allowed: AllowedQuery): string {
  const given = new URLSearchParams(query);
  const passed = new URLSearchParams();
  for (const [name, pattern] of Object.entries(allowed)) {
    const values = given.getAll(name);
    if (values.length === 0) continue;
    if (values.length > 1) throw badRequest(`${name} is given more than once.`);
    if (!pattern.test(values[0]!)) throw badRequest(`${name} has a value that is not allowed.`);
    passed.set(name, values[0]!);
  }
  return passed.size === 0 ? '' : `?${passed.toString()}`;
}
