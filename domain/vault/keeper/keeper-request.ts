import type { SecurityLevel } from '../credentials/credential.ts';

/** What an agent asks for: to have a credential, or to have one command run with it. */
export const KEEPER_REQUEST_TYPES = ['access', 'execute'] as const;
export type KeeperRequestType = (typeof KEEPER_REQUEST_TYPES)[number];

/** What comes of a request. ESCALATE waits for people; DUPLICATE_SUPPRESSED was refused as one too many. */
export const KEEPER_DECISIONS = ['PENDING', 'ALLOW', 'DENY', 'ESCALATE', 'DUPLICATE_SUPPRESSED'] as const;
export type KeeperDecision = (typeof KEEPER_DECISIONS)[number];

/** What becomes of an allowed command. `failed`: it was not run, or nobody knows how it ended. */
export type KeeperExecution = 'due' | 'running' | 'done' | 'failed';

/** What a tier asks for (docs/contracts/keeper.md, Tiers). */
interface Tier {
  readonly minIntentLength: number;
  /** The least risk that a decision on it has. */
  readonly riskFloor: number;
}

const TIERS: Readonly<Record<SecurityLevel, Tier>> = {
  1: { minIntentLength: 10, riskFloor: 1 },
  2: { minIntentLength: 15, riskFloor: 1 },
  3: { minIntentLength: 25, riskFloor: 4 },
  4: { minIntentLength: 35, riskFloor: 6 },
};

/** The tiers from here on are never handed out at start, and need a grant of the agent's own. */
export const GATED_LEVEL = 3;
const CRITICAL_LEVEL = 4;
const SHORT_INTENT_RISK = 3;
/** What nobody could judge is as risky as can be. */
const UNJUDGED_RISK = 10;
export const MAX_INTENT_LENGTH = 4_000;
export const MAX_COMMAND_LENGTH = 4_096;
/** How much of the judge's prompt and answer is kept. */
export const MAX_KEPT_LENGTH = 2_000;
export const MAX_REASON_LENGTH = 2_000;
/** How long people may decide what the judge would not. */
export const KEEPER_ANSWER_DAYS = 7;
/** How long a judge's answer may be on its way beside the time that it may take. */
export const JUDGE_SLACK_SECONDS = 5;
export const EXECUTION_LIMIT_SECONDS = 60;
/** From its permission on: what has not ended by then is given up. */
export const EXECUTION_GIVE_UP_SECONDS = 90;
/** The most that a judge may be given to answer in, and with it an agent to wait. */
export const MAX_JUDGE_SECONDS = 120;
export const LONGEST_DECISION_SECONDS = MAX_JUDGE_SECONDS + JUDGE_SLACK_SECONDS + EXECUTION_GIVE_UP_SECONDS;
/** A command that is under way keeps the same one out for as long. */
export const DUPLICATE_CLAIM_SECONDS = 70;
/** One that has ended keeps it out for a moment. */
export const DUPLICATE_DEBOUNCE_SECONDS = 5;
/** What a command put out is kept as long, for who asks for it again. */
export const OUTPUT_KEPT_DAYS = 7;
export const OUTPUT_LIMIT_BYTES = 524_288;

/** What a workspace has set of the keeper (docs/contracts/keeper.md, Administration). */
export interface KeeperGovernance {
  readonly enabled: boolean;
  readonly hard_gate: boolean;
  readonly escalate_from: number;
  readonly require_second_approver: boolean;
  readonly auto_lease_seconds: number;
  readonly deny_notify_min_risk: number;
  readonly judge_timeout_seconds: number;
  readonly watch_spec: string | null;
  readonly watch_presets: readonly string[];
  readonly security_contact_user_id: string | null;
}

export const DEFAULT_GOVERNANCE: KeeperGovernance = {
  enabled: true,
  hard_gate: true,
  escalate_from: 0,
  require_second_approver: false,
  auto_lease_seconds: 0,
  deny_notify_min_risk: 7,
  judge_timeout_seconds: 20,
  watch_spec: null,
  watch_presets: [],
  security_contact_user_id: null,
};

/** A decision as it is written down. */
export interface Verdict {
  readonly decision: 'ALLOW' | 'DENY' | 'ESCALATE';
  readonly reason: string;
  readonly riskScore: number;
}

/** Unknown levels count as the highest. */
function tierOf(level: number): Tier {
  return TIERS[level as SecurityLevel] ?? TIERS[CRITICAL_LEVEL];
}

/** Whether the governance has the judge look for something in every request. */
export function isWatching({ enabled, watch_spec, watch_presets }: KeeperGovernance): boolean {
  return enabled && ((watch_spec ?? '') !== '' || watch_presets.length > 0);
}

/** A denial for an intent that says too little; null for one that says enough. */
export function refuseShortIntent(intent: string, level: number): Verdict | null {
  const { minIntentLength, riskFloor } = tierOf(level);
  if (intent.trim().length >= minIntentLength) return null;
  return {
    decision: 'DENY',
    reason: `the intent must say what the credential is for in ${minIntentLength} characters at least`,
    riskScore: Math.max(riskFloor, SHORT_INTENT_RISK),
  };
}

const MIN_DISTINCT_CHARACTERS = 5;

/** Text that speaks to a judge instead of saying what is to be done. Finding none proves nothing. */
const INJECTION = [
  /\b(ignore|disregard|forget|override|bypass)\b/i,
  /\b(system|developer)\s*(prompt|message)\b/i,
  /\byou (are|must|should|will|have to)\b/i,
  /\b(respond|reply|answer|output|return)\b.{0,40}\b(allow|with|json)\b/i,
  /\bdecision\b|\brisk[_ ]?score\b|\bescalate\b/i,
  /\b(already|pre-?)\s*(approved|authori[sz]ed|allowed)\b/i,
  /[{}<>`[\]]/,
  /\b(assistant|user|system)\s*:/i,
  // Controls, and characters that are not seen.
  /[\p{Cc}\p{Cf}\p{Co}]/u,
];

export function hasInjectionMarkers(text: string): boolean {
  const plain = text.normalize('NFKC');
  return INJECTION.some((marker) => marker.test(text) || marker.test(plain));
}

/** Whether a request is allowed without a judge: the lowest tier, for access, with an intent that says something. */
export function takesFastPath(
  request: { readonly type: KeeperRequestType; readonly level: number; readonly intent: string },
  governance: KeeperGovernance,
): boolean {
  if (request.type !== 'access' || request.level !== 1 || isWatching(governance) || governance.escalate_from === 1) {
    return false;
  }
  const distinct = new Set(Array.from(request.intent).filter((character) => /\S/.test(character)));
  return distinct.size >= MIN_DISTINCT_CHARACTERS && !hasInjectionMarkers(request.intent);
}

export const FAST_PATH: Verdict = { decision: 'ALLOW', reason: 'low tier, with a plain intent', riskScore: 1 };

/**
 * What a tier makes of a judge's verdict: it only tightens it. The operator's dial moves from where people are asked,
 * and neither the floors nor who may approve.
 */
export function tighten(verdict: Verdict, level: number, governance: KeeperGovernance): Verdict {
  const riskScore = Math.min(10, Math.max(verdict.riskScore, tierOf(level).riskFloor));
  const { escalate_from: from } = governance;
  const asksPeople = from === 0 ? level >= CRITICAL_LEVEL : level >= from;
  if (verdict.decision !== 'ALLOW' || !asksPeople) return { ...verdict, riskScore };
  return {
    decision: 'ESCALATE',
    reason: `people decide on this tier: ${verdict.reason}`.slice(0, MAX_REASON_LENGTH),
    riskScore,
  };
}

/** Whether somebody else than who the run works for has to allow it. */
export function needsSecondApprover(level: number, governance: KeeperGovernance): boolean {
  return level >= CRITICAL_LEVEL || governance.require_second_approver;
}

/** What a judge said, as far as it can be read: whatever it did not say clearly is a denial. */
export function readVerdict(said: {
  readonly decision: string;
  readonly reason: string;
  readonly risk_score: number;
}): Verdict {
  const decision = said.decision.trim().toUpperCase();
  const riskScore = Number.isFinite(said.risk_score)
    ? Math.min(10, Math.max(1, Math.round(said.risk_score)))
    : UNJUDGED_RISK;
  const reason = said.reason.trim().slice(0, MAX_REASON_LENGTH);
  if (decision === 'ALLOW' || decision === 'DENY' || decision === 'ESCALATE') {
    return { decision, reason: reason === '' ? 'the judge gave no reason' : reason, riskScore };
  }
  return unjudged('the judge answered with no known decision');
}

/** What nobody could judge is denied. */
export function unjudged(reason: string): Verdict {
  return { decision: 'DENY', reason, riskScore: UNJUDGED_RISK };
}
