/** What an agent may say instead of a number (docs/contracts/missions.md, Task results). */
export const CONFIDENCE = { high: 0.9, medium: 0.7, low: 0.4 } as const;

export function confidenceLevel(confidence: number): keyof typeof CONFIDENCE {
  if (confidence >= CONFIDENCE.high) return 'high';
  return confidence >= CONFIDENCE.medium ? 'medium' : 'low';
}
