import type { FastifyRequest } from 'fastify';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import type { Bearer } from '../../http/auth/authenticator.ts';
import type { ResponseHeaders } from '../../http/kernel/route.ts';
import { html, type Html } from './html.ts';

/** What keeps forms of pages ours, and who looks at them. */
export interface PageForms {
  /** The hidden field by which a form is known as this browser's, and the cookie that vouches for it. */
  issue(request: FastifyRequest): { readonly field: Html; readonly headers: ResponseHeaders };
  /** Throws `forbidden` for a form that is not this browser's, or that a page of another site sent. */
  check(request: FastifyRequest, csrfToken: string): void;
  /** Who is signed in with this browser; null for nobody. */
  person(request: FastifyRequest): Promise<Bearer | null>;
}

export function createPageForms(
  authentication: Pick<Authentication, 'cookies' | 'csrfTokens' | 'origins' | 'ofBrowser'>,
): PageForms {
  const { cookies, csrfTokens, origins, ofBrowser } = authentication;
  return {
    issue(request) {
      const { token, cookie } = csrfTokens.issue(cookies.read(request, 'csrf'));
      const isSecure = cookies.isSecure(request);
      return {
        field: html`<input type="hidden" name="csrfToken" value="${token}">`,
        headers: { 'set-cookie': cookies.write('csrf', cookie, { isSecure }) },
      };
    },
    check(request, csrfToken) {
      origins.refuseForeignWrite(request);
      if (csrfTokens.matches(cookies.read(request, 'csrf'), csrfToken)) return;
      throw new CrewshipError('forbidden', 'the form is not of this browser: open the page again');
    },
    async person(request) {
      try {
        return await ofBrowser.authenticate(request);
      } catch (error) {
        if (error instanceof CrewshipError && error.code === 'unauthenticated') return null;
        throw error;
      }
    },
  };
}
