import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { serializerOf } from './serialize.ts';

/** 132 bits of the hash: 22 characters. */
const TAG_CHARACTERS = 22;

function tagOf(payload: string | Buffer): string {
  return `"${createHash('sha256').update(payload).digest('base64url').slice(0, TAG_CHARACTERS)}"`;
}

/**
 * The strong ETag of a resource: of exactly what its GET answers with, so nothing a client can see changes beneath it.
 */
function etagOf(schema: z.ZodType, body: unknown): string {
  return tagOf(serializerOf(schema)(body));
}

/** The strong ETag of a content whose digest is known. */
export function versionTag(sha256: string): string {
  return `"${sha256.slice(0, 32)}"`;
}

/** Whether a client has this version already, so that a 304 is all there is to say. */
export function hasVersion(request: FastifyRequest, tag: string): boolean {
  const known = request.headers['if-none-match'];
  return known !== undefined && names(known, tag, true);
}

/** Whether a list of tags, as `If-Match` and `If-None-Match` have it, names this one. `weakly`: `W/"a"` names `"a"`. */
function names(list: string, tag: string, weakly: boolean): boolean {
  return list
    .split(',')
    .map((item) => item.trim())
    .some((item) => item === '*' || (weakly ? item.replace(/^W\//, '') : item) === tag);
}

/**
 * For GET of one resource: tags the serialised answer; a client that has it already (`If-None-Match`) is answered 304
 * without a body.
 */
export function tagAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload: unknown) => void,
): void {
  if (reply.statusCode !== 200 || (typeof payload !== 'string' && !Buffer.isBuffer(payload))) {
    done(null, payload);
    return;
  }
  const tag = tagOf(payload);
  reply.header('etag', tag);
  if (!hasVersion(request, tag)) {
    done(null, payload);
    return;
  }
  reply.code(304).removeHeader('content-type');
  done(null, '');
}

/**
 * Refuses a write whose `If-Match` names another state of the resource than this one. To be called with the row locked:
 * of two writers that saw the same state, one is refused. Without the header nothing is asked.
 */
export function checkIfMatch(request: FastifyRequest, schema: z.ZodType, current: unknown): void {
  const wanted = request.headers['if-match'];
  if (wanted === undefined || names(wanted, etagOf(schema, current), false)) return;
  throw new CrewshipError('precondition_failed', 'the resource has changed since it was read: read it again');
}

/** A write whose resource has no tags matches none: whoever asks that nothing changed is not to believe it. */
export function refuseIfMatch(request: FastifyRequest): void {
  const wanted = request.headers['if-match'];
  if (wanted === undefined || names(wanted, '', false)) return;
  throw new CrewshipError('precondition_failed', 'the resource has no ETag: If-Match names none of its states');
}
