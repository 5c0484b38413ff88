import { endToEndHeaders } from '../../kernel/http/end-to-end-headers.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Says that an answer is ours and not the other side's, and which problem it is. */
export const PROBLEM_HEADER = 'x-crewship-problem';

/** By which the parts of Crewship speak to each other. */
const OWN = new Set(['x-internal-token', 'x-run-token', PROBLEM_HEADER]);

/** The headers of a message that go on to the next hop; `without` names more, in lower case, that do not. */
export function forwardedHeaders(headers: Headers, without: ReadonlySet<string>): Record<string, string | string[]> {
  return endToEndHeaders(headers, (name) => OWN.has(name) || without.has(name));
}
