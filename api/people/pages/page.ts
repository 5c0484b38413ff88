import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { ERROR_STATUS } from '../../http/errors/error-status.ts';
import type { ResponseHeaders } from '../../http/kernel/route.ts';
import { Html, html } from './html.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f4f2;color:#1d1d1b}' +
  'main{max-width:24rem;margin:12vh auto;padding:2rem;background:#fff;border:1px solid #dcdcd8;border-radius:8px}' +
  'h1{font-size:1.25rem;margin:0 0 1rem}label{display:block;margin:0 0 .75rem}' +
  'input{display:block;box-sizing:border-box;width:100%;padding:.5rem;margin-top:.25rem;border:1px solid #8a8a84;' +
  'border-radius:4px;font:inherit}button{padding:.5rem 1rem;border:0;border-radius:4px;background:#1d4ed8;color:#fff;' +
  'font:inherit}.error{padding:.5rem .75rem;border-left:4px solid #b91c1c;background:#fef2f2}a{color:#1d4ed8}';

/** No script, nothing from elsewhere, forms to this instance only, in no frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What pages answer with. */
export const PAGE_STATUSES = [200, 400, 401, 403, 404, 409, 429, 503] as const;
export type PageStatus = (typeof PAGE_STATUSES)[number];

const pageSchema = z.string().describe('a page for people, without scripts');
export const pageResponses = Object.fromEntries(PAGE_STATUSES.map((status) => [status, pageSchema])) as Record<
  PageStatus,
  typeof pageSchema
>;

export interface PageAnswer {
  readonly status: PageStatus;
  readonly body: string;
  readonly headers: ResponseHeaders;
}

/** A whole page. Addresses of pages hold tokens: nothing keeps them or passes them on. */
export function page(
  title: string,
  content: Html,
  { status = 200, headers = {} }: { readonly status?: PageStatus; readonly headers?: ResponseHeaders } = {},
): PageAnswer {
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title} – Crewship</title>
<style>${new Html(STYLE)}</style></head><body><main><h1>${title}</h1>
${content}
</main></body></html>
`;
  return {
    status,
    body: document.text,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      ...headers,
    },
  };
}

export function errorNote(message: string | null): Html | null {
  return message === null ? null : html`<p class="error" role="alert">${message}</p>`;
}

/**
 * What is said to a person of a refusal: its status and its text; everything else goes on to whoever answers faults.
 */
export function refusalOf(error: unknown): {
  readonly status: PageStatus;
  readonly message: string;
  readonly headers: ResponseHeaders;
} {
  if (!(error instanceof CrewshipError)) throw error;
  const { status } = ERROR_STATUS[error.code];
  const known = PAGE_STATUSES.find((one) => one === status && one !== 200);
  if (known === undefined) throw error;
  const seconds = error.extensions.retry_after_seconds;
  return {
    status: known,
    message: `${error.message.slice(0, 1).toUpperCase()}${error.message.slice(1)}.`,
    headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
  };
}
