import { type Finding, NOT_SET } from './part.ts';

/** A row of the doctor's table. */
export type Diagnosis = {
  part: string;
  found: string;
  version: string;
  missing: string;
  howToGet: string;
  canBeHad: boolean;
};

/** Sums up the ways of a part as a start would go through them. */
export function diagnose(part: string, ways: readonly { way: string; finding: Finding }[]): Diagnosis {
  const takenAt = ways.findIndex(({ finding }) => finding.state !== 'absent');
  const taken = ways[takenAt];
  const absent = (taken ? ways.slice(0, takenAt) : ways).filter(({ finding }) => finding.detail !== NOT_SET);
  const passed = absent.filter(({ finding }) => finding.howToGet);
  const hints = [...new Set(passed.flatMap(({ finding }) => finding.howToGet ?? []))].join('; or ');
  const none = { part, found: 'no', version: '', canBeHad: false };
  if (!taken) {
    const missing = absent.map(({ way, finding }) => `${way}: ${finding.detail}`).join('; ');
    return { ...none, missing, howToGet: hints };
  }
  const { way, finding } = taken;
  if (finding.state === 'broken') {
    return { ...none, missing: `${way}: ${finding.detail}`, howToGet: finding.howToGet ?? hints };
  }
  if (finding.state === 'ready') {
    const found = `${way}: ${finding.detail}`;
    return { part, found, version: finding.version ?? '', missing: '', howToGet: '', canBeHad: true };
  }
  const missing = absent[0]?.finding.detail ?? 'not here yet';
  const howToGet = `npm start ${finding.detail}${hints ? `; or ${hints}` : ''}`;
  return { ...none, missing, howToGet, canBeHad: true };
}

/** A table with a line per column where it is long: people read it, nothing parses it. */
export function formatDiagnoses(diagnoses: readonly Diagnosis[]): string {
  const header = { part: 'part', found: 'found', version: 'version', missing: 'missing', howToGet: 'how to get it' };
  const columns = ['part', 'found', 'version', 'missing', 'howToGet'] as const;
  const rows = [header, ...diagnoses].map((row) => columns.map((column) => wrap(row[column], WIDTHS[column])));
  const widths = columns.map((_, index) => Math.max(...rows.flatMap((row) => (row[index] ?? []).map((l) => l.length))));
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const lines = rows.flatMap((row, index) => {
    const height = Math.max(...row.map((cell) => cell.length));
    const text = Array.from({ length: height }, (_, line) =>
      row
        .map((cell, column) => (cell[line] ?? '').padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
    return index === 0 ? [...text, rule] : text;
  });
  return lines.join('\n');
}

const WIDTHS = { part: 10, found: 44, version: 24, missing: 36, howToGet: 52 };

/** Breaks at spaces; a word longer than the width (a path) keeps a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
