/**
 * Text of others as a prompt quotes it: between lines with a fence that its author cannot know, and that is taken out
 * of the text. `fence` null, as there was no randomness to make one of: its length alone says where it ends.
 */
export function fencedText(name: string, text: string, fence: string | null): string {
  const mark = fence === null ? `${name} of ${text.length} characters` : `${name} ${fence}`;
  return `--- begin ${mark} ---\n${fence === null ? text : text.replaceAll(fence, '')}\n--- end ${mark} ---`;
}
