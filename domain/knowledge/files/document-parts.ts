/** What an entry holds is to be read in one go, and is less than it may be. */
const PART_CHARACTERS = 60_000;
/** Where a text is best parted, the best first. */
const BREAKS = ['\n# ', '\n## ', '\n\n', '\n', ' '];

/**
 * A text in the parts that become entries, each cut before a heading, or else between paragraphs, lines or words where
 * it can be.
 */
export function documentParts(text: string, limit = PART_CHARACTERS): string[] {
  const parts: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = text.length - start <= limit ? text.length : start + cutOf(text.slice(start, start + limit));
    const part = text.slice(start, end).trim();
    if (part !== '') parts.push(part);
    start = end;
  }
  return parts;
}

function cutOf(piece: string): number {
  for (const mark of BREAKS) {
    const at = piece.lastIndexOf(mark);
    if (at >= piece.length / 2) return at;
  }
  const last = piece.charCodeAt(piece.length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return isHalf ? piece.length - 1 : piece.length;
}
