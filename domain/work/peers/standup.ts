/** One thing of a crew's recent work. */
export interface StandupItem {
  readonly kind: 'assignment' | 'query' | 'mission';
  readonly who: string;
  readonly what: string;
  readonly state: string;
  readonly answer: string | null;
}

const MAX_ANSWER_LENGTH = 200;
const HEADINGS = { mission: 'Missions', assignment: 'Assignments', query: 'Questions' } as const;

/** One line, cut to a length; a character that is cut in two is left out. */
function cut(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= length
    ? line
    : `${line
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

/** The digest that an agent reads before it works (docs/contracts/internal-ipc.md, Assignments and queries). */
export function writeStandup(items: readonly StandupItem[]): string {
  if (items.length === 0) return 'Nothing happened in this crew.';
  const parts: string[] = [];
  for (const kind of ['mission', 'assignment', 'query'] as const) {
    const lines = items
      .filter((item) => item.kind === kind)
      .map(({ who, what, state, answer }) => {
        const line = `- ${cut(who, MAX_ANSWER_LENGTH)}, ${state}: ${cut(what, MAX_ANSWER_LENGTH)}`;
        return answer === null || answer === '' ? line : `${line} → ${cut(answer, MAX_ANSWER_LENGTH)}`;
      });
    if (lines.length > 0) parts.push(`${HEADINGS[kind]}\n${lines.join('\n')}`);
  }
  return parts.join('\n\n');
}
