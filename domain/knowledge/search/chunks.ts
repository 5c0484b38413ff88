const MAX_LENGTH = 1_200;
/** How much of a chunk’s end is the beginning of the next: what a cut parts is whole in one of them. */
const OVERLAP = 150;
/** Where a text is best cut, the best first. */
const BREAKS = ['\n\n', '\n', '. ', ' '];

/** A text in pieces of at most 1,200 characters that overlap, cut between paragraphs, lines or words if it can be. */
export function chunksOf(text: string): string[] {
  const chunks: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = text.length - start <= MAX_LENGTH ? text.length : start + cutOf(text.slice(start, start + MAX_LENGTH));
    const chunk = text.slice(start, end).trim();
    if (chunk !== '') chunks.push(chunk);
    if (end === text.length) break;
    start = afterBreak(text, Math.max(end - OVERLAP, start + 1), end);
  }
  return chunks;
}

/** After the last good break in the second half of a piece, or at its end, but never within one character. */
function cutOf(piece: string): number {
  for (const mark of BREAKS) {
    const at = piece.lastIndexOf(mark);
    if (at >= piece.length / 2) return at + mark.length;
  }
  return isHalf(piece.charCodeAt(piece.length - 1)) ? piece.length - 1 : piece.length;
}

/** Whether it is the first half of a character that is two units long. */
const isHalf = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;

/** The next piece begins with a word. */
function afterBreak(text: string, from: number, end: number): number {
  const space = text.slice(from, end).search(/\s/);
  return space < 0 ? end : from + space + 1;
}
