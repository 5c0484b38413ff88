import { type Dispatcher, request } from 'undici';
import type { OciCall } from './oci-client.ts';
import { OciError } from './oci-error.ts';

export interface OciTarget {
  readonly host: string;
  readonly path: string;
  readonly repository: string;
}

interface GetOptions extends OciCall {
  readonly accept: string;
  readonly limitBytes: number;
}

/** GET at registries, with what they ask for first. */
export interface OciTransport {
  get(target: OciTarget, options: GetOptions): Promise<Buffer>;
}

interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/;
const MAX_REDIRECTS = 5;
const TOKEN_LIMIT_BYTES = 256 * 1_024;
const TOKEN_MAX_AGE_MS = 60_000;
const MAX_TOKENS = 200;
const MIN_BYTES_FOR_AN_ERROR = 64 * 1_024;

/**
 * Credentials go to the registry that they are for and to the token server that it names, as the protocol has it. A
 * redirect to another origin gets none of them, nor may it ask for any, and leads to no plain HTTP unless it came from
 * there. Token servers are spoken to with TLS, but for those of this machine's own registries.
 */
export function createOciTransport(deps: {
  plainHttp: readonly string[];
  timeoutMs: number;
  dispatcher: Dispatcher | undefined;
}): OciTransport {
  /** Short-lived, for the reads of one build; by host, repository and user. */
  const tokens = new Map<string, { header: string; untilMs: number }>();
  const isPlain = (host: string) => LOOPBACK.test(host) || deps.plainHttp.includes(host);

  async function once(url: URL, headers: Record<string, string>, signal: AbortSignal, limitBytes: number) {
    const host = url.host;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(deps.timeoutMs)]);
    try {
      const response = await request(url, {
        headers: { 'user-agent': 'crewship', ...headers },
        signal: deadline,
        ...(deps.dispatcher === undefined ? {} : { dispatcher: deps.dispatcher }),
      });
      const limit = response.statusCode === 200 ? limitBytes : MIN_BYTES_FOR_AN_ERROR;
      const body = await readBody(response.body, limit, host, response.statusCode === 200);
      return { status: response.statusCode, headers: response.headers, body };
    } catch (error) {
      if (error instanceof OciError) throw error;
      signal.throwIfAborted();
      throw new OciError('unavailable', host, { cause: error });
    }
  }

  /** Follows redirects; whatever is secret stays at the origin. */
  async function getFollowing(start: URL, headers: Record<string, string>, options: GetOptions) {
    let url = start;
    let sent = headers;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await once(url, sent, options.signal, options.limitBytes);
      const location = answer.headers.location;
      if (answer.status < 301 || answer.status > 308 || typeof location !== 'string') {
        return { ...answer, sameOrigin: url.origin === start.origin };
      }
      const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
      const downgrade = next?.protocol === 'http:' && url.protocol === 'https:';
      if (next === null || !/^https?:$/.test(next.protocol) || downgrade) {
        throw new OciError('not_understood', start.host);
      }
      if (next.origin !== url.origin) sent = { accept: options.accept };
      url = next;
    }
    throw new OciError('not_understood', start.host);
  }

  async function fetchToken(target: OciTarget, challenge: Challenge, options: GetOptions): Promise<string> {
    const { realm = '', service, scope } = challenge.parameters;
    const url = URL.canParse(realm) ? new URL(realm) : null;
    // Loopback realms are for registries of this machine: another's must not send us to our own services.
    const allowed =
      url !== null &&
      (url.protocol === 'https:' || (url.protocol === 'http:' && isPlain(url.host) && isPlain(target.host)));
    if (!allowed) throw new OciError('not_understood', target.host);
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope ?? `repository:${target.repository}:pull`);
    const basic = basicOf(target.host, options);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (basic !== undefined) headers.authorization = basic;
    const answer = await getFollowing(url, headers, {
      ...options,
      accept: 'application/json',
      limitBytes: TOKEN_LIMIT_BYTES,
    });
    if (answer.status !== 200) throw new OciError(codeOf(answer.status), target.host);
    const token = tokenOf(answer.body);
    if (token === undefined) throw new OciError('not_understood', target.host);
    return `Bearer ${token}`;
  }

  return {
    async get(target, options) {
      const { host } = target;
      const url = new URL(`${isPlain(host) ? 'http' : 'https'}://${apiHost(host)}${target.path}`);
      const key = JSON.stringify([host, target.repository, options.credentials?.get(host) ?? null]);
      const known = tokens.get(key);
      const headers: Record<string, string> = { accept: options.accept };
      if (known !== undefined && known.untilMs > Date.now()) headers.authorization = known.header;
      let answer = await getFollowing(url, headers, options);
      // What a redirect led to may not ask for credentials: they are the registry's.
      if (answer.status === 401 && answer.sameOrigin) {
        const challenge = parseChallenge(answer.headers['www-authenticate']);
        const basic = basicOf(host, options);
        const authorization =
          challenge?.scheme === 'bearer'
            ? await fetchToken(target, challenge, options)
            : challenge?.scheme === 'basic'
              ? basic
              : undefined;
        if (authorization === undefined) throw new OciError('denied', host);
        if (tokens.size >= MAX_TOKENS) tokens.clear();
        tokens.set(key, { header: authorization, untilMs: Date.now() + TOKEN_MAX_AGE_MS });
        answer = await getFollowing(url, { accept: options.accept, authorization }, options);
      }
      if (answer.status !== 200) {
        tokens.delete(key);
        throw new OciError(codeOf(answer.status), host);
      }
      return answer.body;
    },
  };
}

/** Docker Hub answers the API at another name than the one in references. */
function apiHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

function basicOf(host: string, { credentials }: OciCall): string | undefined {
  const found = credentials?.get(host);
  if (found === undefined) return undefined;
  return `Basic ${Buffer.from(`${found.username}:${found.password}`, 'utf8').toString('base64')}`;
}

function codeOf(status: number): 'not_found' | 'denied' | 'unavailable' | 'not_understood' {
  if (status === 404) return 'not_found';
  if (status === 401 || status === 403) return 'denied';
  return status === 408 || status === 429 || status >= 500 ? 'unavailable' : 'not_understood';
}

function parseChallenge(header: string | string[] | undefined): Challenge | undefined {
  for (const text of [header ?? []].flat()) {
    const scheme = /^(basic|bearer)\b/i.exec(text.trim())?.[1]?.toLowerCase();
    if (scheme !== 'basic' && scheme !== 'bearer') continue;
    const pairs = [...text.matchAll(/([a-z_]+)=(?:"([^"]*)"|([^\s,"]+))/gi)];
    const parameters = Object.fromEntries(
      pairs.map(([, name, quoted, bare]) => [name!.toLowerCase(), quoted ?? bare ?? '']),
    );
    return { scheme, parameters };
  }
  return undefined;
}

function tokenOf(body: Buffer): string | undefined {
  try {
    const { token, access_token: other } = JSON.parse(body.toString('utf8')) as {
      token?: unknown;
      access_token?: unknown;
    };
    const found = token ?? other;
    return typeof found === 'string' && /^[\x21-\x7e]{1,16384}$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
  host: string,
  strict: boolean,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early ends the answer.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) {
      if (strict) throw new OciError('too_large', host);
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
