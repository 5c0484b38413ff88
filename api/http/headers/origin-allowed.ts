/** Where pages may be from that open a socket here. */
export interface OriginRules {
  /** Origins as a browser sends them: `https://app.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Pages of this machine, whatever their port: for local stacks. */
  readonly allowLocalhost: boolean;
}

const LOCALHOST = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a page of `origin` may open a socket. Programs send no Origin: the token in the first frame is what proves
 * who they are; this keeps other sites' pages from trying.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, rules: OriginRules): boolean {
  if (origin === undefined) return true;
  const page = URL.canParse(origin) ? new URL(origin) : null;
  if (page === null || (page.protocol !== 'http:' && page.protocol !== 'https:')) return false;
  if (host !== undefined && page.host === host.toLowerCase()) return true;
  return rules.allowedOrigins.includes(page.origin) || (rules.allowLocalhost && LOCALHOST.has(page.hostname));
}
