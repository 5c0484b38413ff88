import { invalidField } from '../../kernel/errors/crewship-error.ts';

const MAX_PATH_BYTES = 1_024;
const MAX_NAME_BYTES = 255;
const MAX_DEPTH = 16;
/** Control characters, and those that turn the direction of text: names are shown to others. */
const UNSHOWABLE = /\p{Cc}|\p{Bidi_Control}/u;

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;

/**
 * The names of a path beneath a crew's shared directory; none: the directory itself. Throws `invalid_request` that
 * names
 * `path` for an absolute one, for `.`, `..` and empty names, and beyond what a host takes.
 */
export function crewFilePath(text: string): readonly string[] {
  if (text === '' || text === '.' || text === '/') return [];
  const names = text.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) {
    throw invalidField('path', 'must be relative to the shared directory, without empty names, . and ..');
  }
  if (!text.isWellFormed() || text.includes('\0')) throw invalidField('path', 'must be well-formed text without NUL');
  if (
    bytesOf(text) > MAX_PATH_BYTES ||
    names.length > MAX_DEPTH ||
    names.some((name) => bytesOf(name) > MAX_NAME_BYTES)
  ) {
    throw invalidField(
      'path',
      `must have at most ${MAX_DEPTH} names of ${MAX_NAME_BYTES} bytes, ${MAX_PATH_BYTES} in all`,
    );
  }
  return names;
}

/** {@link crewFilePath} of a file that is to be written. */
export function newCrewFilePath(text: string): readonly string[] {
  const names = crewFilePath(text);
  if (names.length === 0) throw invalidField('path', 'must name a file');
  if (UNSHOWABLE.test(text)) throw invalidField('path', 'must hold no control characters');
  return names;
}
