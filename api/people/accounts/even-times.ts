const STEP_MS = 250;

/**
 * Answers at whole quarters of a second after the question, so that what was found out meanwhile does not show in how
 * long it took.
 */
export async function atEvenTimes<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  const since = performance.now();
  const answer = await work();
  const took = performance.now() - since;
  await new Promise((resolve) => setTimeout(resolve, STEP_MS * Math.ceil(took / STEP_MS) - took));
  return answer;
}
