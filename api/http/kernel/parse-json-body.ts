import type { FastifyInstance } from 'fastify';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';

/** Escapes that could make a string Postgres cannot store; their absence is the common case and costs one search. */
const SUSPECT = /\\u(0000|d[89a-f])/i;

/** Refuses NUL and lone surrogates anywhere in a parsed document. Iterative: depth is the caller's choice. */
export function refuseUnstorableText(document: unknown): void {
  const open: unknown[] = [document];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') {
      if (value.includes('\0') || !value.isWellFormed()) {
        throw new CrewshipError('invalid_request', 'strings must be well-formed Unicode without NUL');
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) open.push(key, member);
    }
  }
}

/** What the parser refused: text that is no JSON, or a key that would reach an object's prototype. */
function refusalOf(text: string): CrewshipError {
  try {
    JSON.parse(text);
  } catch (cause) {
    return new CrewshipError('invalid_request', 'the body is not valid JSON', { cause });
  }
  const rule = 'must not hold the keys __proto__ or constructor.prototype';
  return new CrewshipError('invalid_request', `the body ${rule}`, { fields: [{ path: '', message: rule }] });
}

/**
 * The only body parser: JSON. An empty body is no body, so that `DELETE` with a JSON content type works; a route that
 * needs one says which fields are missing.
 */
export function addJsonParser(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/a2a+json'],
    { parseAs: 'string' },
    (request, body, done) => {
      const text = body as string;
      if (text.length === 0) {
        done(null, undefined);
        return;
      }
      void parse(request, text, (error, document) => {
        if (error !== null) {
          done(refusalOf(text));
          return;
        }
        try {
          if (SUSPECT.test(text)) refuseUnstorableText(document);
          done(null, document);
        } catch (refusal) {
          done(refusal as Error);
        }
      });
    },
  );
}
