import { CrewshipError } from '../errors/crewship-error.ts';
import { namesInConnection } from './end-to-end-headers.ts';

/** Where the body of a request ends. */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' };

/** Requests that have no body: one that comes along would be read by the next hop as another request. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['CONNECT', 'GET', 'HEAD', 'TRACE']);
/** By which a next hop that is not told of them would see other requests than we do. */
const NOT_OF_A_CONNECTION: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host']);
const LENGTH = /^\d{1,15}$/;

function refuse(message: string): never {
  throw new CrewshipError('invalid_request', message);
}

function valuesOf(rawHeaders: readonly string[], wanted: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === wanted);
}

/**
 * How the body of a request that came is delimited; there is one way or the request is refused, whatever the parser has
 * made of it. Throws `invalid_request`. `rawHeaders`: names and values in turn, as they came.
 */
export function framingOf(request: {
  readonly method?: string | undefined;
  readonly rawHeaders: readonly string[];
}): BodyFraming {
  const { method = 'GET', rawHeaders } = request;
  const lengths = valuesOf(rawHeaders, 'content-length');
  const encodings = valuesOf(rawHeaders, 'transfer-encoding');
  const named = valuesOf(rawHeaders, 'connection').flatMap(namesInConnection);
  const misnamed = named.find((name) => NOT_OF_A_CONNECTION.has(name));
  if (misnamed !== undefined) refuse(`Connection must not name ${misnamed}`);
  if (lengths.length + encodings.length > 1) refuse('a body has one Content-Length or one Transfer-Encoding');
  const [length] = lengths;
  const [encoding] = encodings;
  if (length !== undefined && !LENGTH.test(length)) refuse('Content-Length must be a number of bytes');
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') refuse('Transfer-Encoding must be chunked');
  const hasBody = encoding !== undefined || Number(length ?? 0) > 0;
  if (hasBody && WITHOUT_BODY.has(method)) refuse(`${method} takes no body`);
  if (encoding !== undefined) return { kind: 'chunked' };
  return hasBody ? { kind: 'length', bytes: Number(length) } : { kind: 'none' };
}

/** What tells the next hop where the body ends; methods that usually have one say that there is none. */
export function framingHeaders(framing: BodyFraming, method: string): Record<string, string> {
  switch (framing.kind) {
    case 'length':
      return { 'content-length': String(framing.bytes) };
    case 'chunked':
      return { 'transfer-encoding': 'chunked' };
    case 'none':
      return method === 'POST' || method === 'PUT' || method === 'PATCH' ? { 'content-length': '0' } : {};
  }
}
