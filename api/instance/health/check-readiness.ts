/** One thing the process depends on. */
export interface ReadinessProbe {
  readonly name: string;
  /** Without it no request can be accepted. */
  readonly required: boolean;
  readonly budgetMs: number;
  /** Rejects when the part is down; the message is shown. */
  readonly check: () => Promise<unknown>;
}

export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly checks: Readonly<Record<string, Check>>;
}

interface Check {
  readonly status: 'ok' | 'down';
  readonly ms: number;
  readonly required: boolean;
  readonly detail?: string;
}

async function runProbe(probe: ReadinessProbe): Promise<Check> {
  const startedMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${probe.budgetMs} ms`)), probe.budgetMs);
  });
  const part = { required: probe.required };
  const elapsedMs = (): number => Math.round(performance.now() - startedMs);
  try {
    await Promise.race([Promise.resolve().then(probe.check), limit]);
    return { ...part, status: 'ok', ms: elapsedMs() };
  } catch (error) {
    // Driver errors may hold addresses or statements; only our own messages are shown.
    const detail = error instanceof ProbeFailure ? error.message : 'not reachable';
    return { ...part, status: 'down', ms: elapsedMs(), detail };
  } finally {
    clearTimeout(timer);
  }
}

/** What a probe may say to anyone who asks. */
export class ProbeFailure extends Error {}

/** Asks all parts at once, each within its own budget. */
export async function checkReadiness(probes: readonly ReadinessProbe[]): Promise<Readiness> {
  const checks = await Promise.all(probes.map(async (probe) => [probe.name, await runProbe(probe)] as const));
  const down = checks.map(([, check]) => check).filter((check) => check.status === 'down');
  const status = down.length === 0 ? 'ok' : down.some((check) => check.required) ? 'down' : 'degraded';
  return { status, checks: Object.fromEntries(checks) };
}
