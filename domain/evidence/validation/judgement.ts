/** What one judge said. */
export interface Opinion {
  /** 0 to 1. */
  readonly score: number;
  readonly confidence: number;
  readonly reason: string;
  readonly model: string;
}

export type JudgeStatus = 'scored' | 'timeout' | 'failed' | 'not_configured' | 'over_budget';

/** What several judges come to. */
export interface Judgement {
  readonly status: JudgeStatus;
  /** The median; null: nobody gave a score. */
  readonly score: number | null;
  /** The standard deviation. */
  readonly spread: number | null;
  /** The median of what the judges said of themselves. */
  readonly confidence: number | null;
  /** People had better look: the judges differ, doubt, or did not all answer. */
  readonly low_confidence: boolean;
  readonly judges: readonly Opinion[];
}

/** Beyond it judges differ. */
const MOST_SPREAD = 0.25;
/** Below it judges doubt. */
const LEAST_CONFIDENCE = 0.9;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Of all judges that there are, not of a sample. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/** Brings opinions together; `asked` is how many judges there were, `otherwise` why some or all said nothing. */
export function judgementOf(opinions: readonly Opinion[], asked: number, otherwise: JudgeStatus): Judgement {
  if (opinions.length === 0) {
    return { status: otherwise, score: null, spread: null, confidence: null, low_confidence: true, judges: [] };
  }
  const spread = deviation(opinions.map(({ score }) => score));
  const confidence = median(opinions.map((opinion) => opinion.confidence));
  return {
    status: 'scored',
    score: rounded(median(opinions.map(({ score }) => score))),
    spread: rounded(spread),
    confidence: rounded(confidence),
    low_confidence: spread > MOST_SPREAD || confidence < LEAST_CONFIDENCE || opinions.length < asked,
    judges: opinions,
  };
}

/** What came of one check. A score of null counts for nothing; what is not passed fails the whole. */
export interface CheckResult {
  readonly id: string;
  readonly score: number | null;
  readonly passed: boolean;
  readonly detail: string;
}

/** The mean of the scores that there are, and whether all passed and the mean is enough. */
export function outcomeOf(
  results: readonly CheckResult[],
  passScore: number,
): { readonly score: number | null; readonly passed: boolean } {
  const scores = results.flatMap(({ score }) => score ?? []);
  const score = scores.length === 0 ? null : rounded(scores.reduce((sum, value) => sum + value, 0) / scores.length);
  return { score, passed: score !== null && score >= passScore && results.every(({ passed }) => passed) };
}

/** What the judges say is a check as others are; one that nobody scored is not passed. */
export function rubricResult({ score, status }: Judgement, passScore: number): CheckResult {
  const detail = score === null ? `the judges gave no score: ${status}` : 'scored by the judges';
  return { id: 'rubric', score, passed: score !== null && score >= passScore, detail };
}
