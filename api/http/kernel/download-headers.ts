import * as contentDisposition from 'content-disposition';

/** A browser that shows it runs nothing of it, sends nothing, and knows nobody's cookies. */
const SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

/** Of a content that a tenant's agent made: it is kept as a file, and no cache keeps it. */
export function downloadHeaders(file: { readonly name: string; readonly mime: string }): Record<string, string> {
  return {
    'content-type': file.mime,
    'content-disposition': contentDisposition.create(file.name),
    'content-security-policy': SANDBOX,
    'cache-control': 'private, no-store',
  };
}
