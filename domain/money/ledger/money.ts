const MICROS_PER_DOLLAR = 1_000_000;
const DOLLARS = /^(\d{1,9})(?:\.(\d{1,6}))?$/;

/** Micro-dollars as US dollars with six decimals: `"0.175952"`. */
export function usdText(micros: number): string {
  const whole = Math.floor(micros / MICROS_PER_DOLLAR);
  return `${whole}.${String(micros % MICROS_PER_DOLLAR).padStart(6, '0')}`;
}

/** An amount of a budget, as text: US dollars with six decimals, or tokens. */
export function amountText(unit: 'usd' | 'tokens', amount: number): string {
  return unit === 'usd' ? usdText(amount) : String(amount);
}

/** US dollars as decimal text in micro-dollars; null when it is no amount of at most nine digits and six decimals. */
export function microsOfUsd(text: string): number | null {
  const match = DOLLARS.exec(text);
  if (match === null) return null;
  return Number(match[1]) * MICROS_PER_DOLLAR + Number((match[2] ?? '').padEnd(6, '0'));
}
