type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Those of one connection (RFC 9110, section 7.6.1), and those by which the parts of Crewship speak to each other. */
const OWN = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'x-internal-token',
  'x-run-token',
]);

/** Says that an answer is ours and not the other side's, and which problem it is. */
export const PROBLEM_HEADER = 'x-crewship-problem';
/** Under which plan a call was made that costs no money by itself. */
export const PLAN_HEADER = 'x-crewship-plan';

/** The headers of a message that go on to the next hop; `without` names more, in lower case, that do not. */
export function forwardedHeaders(headers: Headers, without: ReadonlySet<string>): Record<string, string | string[]> {
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || OWN.has(name) || named.has(name) || without.has(name)) continue;
    if (name === PROBLEM_HEADER || name === PLAN_HEADER) continue;
    passed[name] = value;
  }
  return passed;
}
