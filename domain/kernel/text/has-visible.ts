/**
 * What shows nothing: controls, formats, blanks, lone surrogates, and the fillers and variation selectors that Unicode
 * counts as letters or marks.
 */
const UNSEEN = /^[\p{C}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]*$/u;

/** Whether people see anything of a text. */
export function hasVisible(text: string): boolean {
  return !UNSEEN.test(text);
}
