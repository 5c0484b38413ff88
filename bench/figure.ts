/** One measured figure beside its target and beside the limit that the parts below it set, measured in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: number;
  /** Whether the value keeps the target. */
  readonly ok: boolean;
  readonly limit: number;
  /** What was measured as the limit; same unit as the value. */
  readonly limitName: string;
}

type Measured = Omit<Figure, 'ok'>;

/** A figure that should be at most its target: a time. */
export function atMost(measured: Measured): Figure {
  return judged(measured, measured.value <= measured.target);
}

/** A figure that should be at least its target: a rate. */
export function atLeast(measured: Measured): Figure {
  return judged(measured, measured.value >= measured.target);
}

function judged({ name, value, unit, target, limit, limitName }: Measured, ok: boolean): Figure {
  return { name, value: threeDigits(value), unit, target, ok, limit: threeDigits(limit), limitName };
}

/** More digits than these are noise. */
function threeDigits(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** The figures as a table for people. */
export function formatFigures(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, target, ok, limit, limitName }) => [
    name,
    `${value} ${unit}`,
    `${target} ${unit}`,
    ok ? 'kept' : 'MISSED',
    `${limit} ${unit}: ${limitName}`,
  ]);
  const table = [['benchmark', 'measured', 'target', '', 'limit in the same run'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
