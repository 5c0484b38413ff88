/**
 * The nearest-rank percentile: the smallest sample that at least `percent` of all samples do not exceed. It is always a
 * measured value, never one in between. Throws without samples.
 */
export function percentile(samples: readonly number[], percent: number): number {
  if (samples.length === 0) throw new RangeError('no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
}
