import { invalidField } from '../../kernel/errors/crewship-error.ts';
import { readEndpointParts } from './credential.ts';

/** Parts of an ENDPOINT_URL that are replaced; what is left out stays, null takes it away. */
export interface EndpointChange {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The value of an ENDPOINT_URL with some of its parts replaced. What it is called with stays at its place: another
 * origin takes all of it anew, so that nobody has a key sent to where it was not meant to go. Throws `invalid_request`.
 */
export function withEndpointParts(value: string, change: EndpointChange): string {
  const now = readEndpointParts(value);
  const baseUrl = change.baseUrl ?? now.baseUrl;
  const apiKey = change.apiKey === undefined ? now.apiKey : change.apiKey;
  const headers = change.headers ?? now.headers;
  if (originOf(baseUrl) !== originOf(now.baseUrl)) {
    if (now.apiKey !== null && change.apiKey === undefined) {
      throw invalidField('endpoint_auth_token', 'goes with a new address: the old one is of another place');
    }
    if (Object.keys(now.headers).length > 0 && change.headers === undefined) {
      throw invalidField('endpoint_headers', 'go with a new address: the old ones are of another place');
    }
  }
  if (apiKey === null && Object.keys(headers).length === 0) return baseUrl;
  return JSON.stringify({ baseURL: baseUrl, ...(apiKey === null ? {} : { apiKey }), headers });
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
