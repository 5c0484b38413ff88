/**
 * What shows nothing: controls, formats, blanks, lone surrogates, the fillers and variation selectors that Unicode
 * counts as letters or marks, and braille's blank.
 */
const UNSEEN = /^[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Whether people see anything of a text. */
export function hasVisible(text: string): boolean {
  return !UNSEEN.test(text);
}
