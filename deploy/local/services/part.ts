import type { LocalPorts } from '../supervision/local-ports.ts';
import type { ProcessRecords } from '../supervision/process-records.ts';
import type { LocalSecrets } from '../local-secrets.ts';

/** What Crewship runs on. */
export const stackParts = ['postgres', 'redis', 'temporal', 'docker', 'image', 'filter'] as const;
/** What tests need besides. */
export const partNames = [...stackParts, 'registry'] as const;
export type PartName = (typeof partNames)[number];

export type Environment = Readonly<Record<string, string | undefined>>;
export type Log = (line: string) => void;

/** What every part needs to find itself and to run. */
export type PartContext = {
  dataDir: string;
  env: Environment;
  log: Log;
  secrets: LocalSecrets;
  ports: LocalPorts;
  records: ProcessRecords;
};

/**
 * What is known about one way of having a part, without installing or starting anything.
 * - `absent`: this way is not open here; `howToGet` says what would open it.
 * - `obtainable`: not here yet, but a start installs it.
 * - `ready`: here.
 * - `broken`: asked for by a setting, but it does not work. A setting is never silently passed over.
 */
export type Finding = {
  state: 'absent' | 'obtainable' | 'ready' | 'broken';
  detail: string;
  version?: string;
  howToGet?: string;
};

/** The detail of a way by a setting that is not given: nothing worth telling. */
export const NOT_SET = 'not set';

/** One way of having a part. Ways are tried in order. */
export type Way<T> = {
  name: string;
  /** Asked for by a setting: when it fails, no other way is tried in its place. */
  insisted?: boolean;
  inspect: () => Promise<Finding>;
  /** Installs what is missing and returns what the part is started from. Called only when obtainable or ready. */
  obtain: () => Promise<T>;
};

/** A part that answers health checks. */
export type RunningPart<Address> = {
  address: Address;
  /** What was chosen and where it is, for people. Holds no secret. */
  chosen: string;
  stop: () => Promise<void>;
};

/** One part of the local stack. */
export type Service<Address> = {
  part: PartName;
  /** For the doctor: every way in order. Installs and starts nothing. */
  inspect: () => Promise<{ way: string; finding: Finding }[]>;
  /** Resolves, installs, starts, waits until healthy, and restarts it when it dies, until it is stopped. */
  start: () => Promise<RunningPart<Address>>;
  /** Speaks the part's protocol; rejects with the reason. */
  checkHealth: (address: Address) => Promise<void>;
};

/** No way of having the part is open, or the one asked for is broken. The message lists each way with its reason. */
class PartUnavailableError extends Error {
  readonly part: PartName;

  constructor(part: PartName, reasons: readonly string[], howToGet: readonly string[]) {
    const hints = howToGet.length > 0 ? `\n  to get it:\n${howToGet.map((hint) => `    - ${hint}`).join('\n')}` : '';
    super(`${part} cannot be had:\n${reasons.map((reason) => `    - ${reason}`).join('\n')}${hints}`);
    this.part = part;
  }
}

/** Takes the first way that works, and says why those before it were not taken. `label` names it for people. */
export async function resolvePart<T>(
  part: PartName,
  ways: readonly Way<T>[],
  log: Log,
): Promise<{ label: string; value: T }> {
  const reasons: string[] = [];
  const howToGet: string[] = [];
  for (const way of ways) {
    const finding = await way.inspect();
    if (finding.howToGet) howToGet.push(finding.howToGet);
    if (finding.state === 'absent' || finding.state === 'broken') {
      if (finding.detail !== NOT_SET) reasons.push(`${way.name}: ${finding.detail}`);
      if (finding.state === 'broken') break;
      continue;
    }
    if (finding.state === 'obtainable') log(`${part}: ${way.name}: ${finding.detail}`);
    try {
      const value = await way.obtain();
      if (reasons.length > 0) log(`${part}: using ${way.name}, as ${reasons.join('; ')}`);
      return { label: finding.state === 'ready' ? `${way.name}, ${finding.detail}` : way.name, value };
    } catch (error) {
      reasons.push(`${way.name}: ${(error as Error).message}`);
      log(`${part}: ${way.name} failed: ${(error as Error).message}`);
      if (way.insisted) break;
    }
  }
  throw new PartUnavailableError(part, reasons, howToGet);
}

/** Every way of a part with its finding. */
export async function inspectWays<T>(ways: readonly Way<T>[]): Promise<{ way: string; finding: Finding }[]> {
  return Promise.all(ways.map(async (way) => ({ way: way.name, finding: await way.inspect() })));
}
