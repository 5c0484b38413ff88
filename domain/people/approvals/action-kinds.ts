import type { AutonomyLevel } from '../../crews/autonomy/autonomy.ts';
import type { JsonObject, JsonValue } from '../../kernel/json/json-value.ts';
import type { GateMode } from './approval.ts';

/** What a member of a payload may be replaced by. */
export type EditableType = 'members' | 'amount' | 'text' | 'any';

export interface ActionKind {
  readonly description: string;
  /** Members of the payload that a decider may change before approving. */
  readonly editable: Readonly<Record<string, EditableType>>;
  /** Members that the payload must have. */
  readonly required: readonly string[];
  /** Whoever the run works for does not approve it alone. */
  readonly fourEyes: boolean;
}

/** Actions that agents ask people to allow, by kind. */
export const ACTION_KINDS = {
  tool_call: {
    description: 'a call of a tool: `tool` and its `arguments`',
    editable: { arguments: 'members' },
    required: ['tool'],
    fourEyes: false,
  },
  cost_threshold: {
    description: 'something that costs: `cost_estimate_usd`',
    editable: { cost_estimate_usd: 'amount', arguments: 'members' },
    required: ['cost_estimate_usd'],
    fourEyes: false,
  },
  destructive_op: {
    description: 'something that cannot be undone',
    editable: { arguments: 'members' },
    required: [],
    fourEyes: true,
  },
  target_environment: {
    description: 'something in an environment that matters: `environment`',
    editable: { environment: 'text', arguments: 'members' },
    required: ['environment'],
    fourEyes: false,
  },
  custom: {
    description: 'anything else; `editable` names the members that may be changed',
    editable: {},
    required: [],
    fourEyes: false,
  },
} as const satisfies Readonly<Record<string, ActionKind>>;
export type ActionKindName = keyof typeof ACTION_KINDS;
export const ACTION_KIND_NAMES = Object.keys(ACTION_KINDS) as readonly ActionKindName[];

function isActionKind(kind: string): kind is ActionKindName {
  return Object.hasOwn(ACTION_KINDS, kind);
}

const DESTRUCTIVE_TOOL = /deploy|production|^(?:delete|drop|terminate)_/;
const LIVE_ENVIRONMENT = /prod|production|live/;
const TARGET_MEMBERS = ['target', 'host', 'hostname', 'environment', 'env'] as const;
const COSTS_FROM_USD = 10;

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

/**
 * The kind that an action is judged as: a tool that destroys is that, whatever its agent calls what it does with it; a
 * call of one that costs or reaches where it matters is one of those.
 */
export function classifyAction(kind: ActionKindName, payload: JsonObject): ActionKindName {
  if (DESTRUCTIVE_TOOL.test(textOf(payload.tool))) return 'destructive_op';
  if (kind !== 'tool_call') return kind;
  const cost = payload.cost_estimate_usd;
  if (typeof cost === 'number' && cost >= COSTS_FROM_USD) return 'cost_threshold';
  const given = payload.arguments;
  const members = typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as JsonObject) : {};
  const reachesLive = [payload, members].some((of) =>
    TARGET_MEMBERS.some((name) => LIVE_ENVIRONMENT.test(textOf(of[name]))),
  );
  return reachesLive ? 'target_environment' : kind;
}

const MODES: Readonly<Record<AutonomyLevel, GateMode>> = {
  strict: 'sync',
  guided: 'sync',
  trusted: 'async',
  full: 'none',
};

/** How an agent of a crew of this level goes on. A question of its own is always one for people. */
export function gateModeOf(level: AutonomyLevel, kind: ActionKindName): GateMode {
  return kind === 'custom' ? 'sync' : MODES[level];
}

/** What a payload lacks of its kind, or has as something else than text or an amount; null: nothing. */
export function missingMember(kind: ActionKindName, payload: JsonObject): string | null {
  const isGiven = (name: string): boolean => {
    const value = payload[name];
    return name === 'cost_estimate_usd' ? typeof value === 'number' && value >= 0 : typeof value === 'string';
  };
  // What names a tool is compared as text, of every kind.
  const names = payload.tool === undefined ? ACTION_KINDS[kind].required : ['tool', ...ACTION_KINDS[kind].required];
  return names.find((name) => !isGiven(name)) ?? null;
}

/** What of a payload may be changed before it is approved. */
export function editableMembers(kind: string, payload: JsonObject): Readonly<Record<string, EditableType>> {
  if (!isActionKind(kind)) return {};
  const declared: Readonly<Record<string, EditableType>> = ACTION_KINDS[kind].editable;
  const named = kind === 'custom' && Array.isArray(payload.editable) ? payload.editable : [];
  const own = named.filter((name) => typeof name === 'string' && name !== 'editable' && Object.hasOwn(payload, name));
  return {
    ...Object.fromEntries(Object.entries(declared).filter(([name]) => Object.hasOwn(payload, name))),
    ...Object.fromEntries(own.map((name) => [name, 'any' as const])),
  };
}

const IS: Readonly<Record<EditableType, { fits: (value: JsonValue) => boolean; rule: string }>> = {
  members: {
    fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    rule: 'must be an object',
  },
  amount: { fits: (value) => typeof value === 'number' && value >= 0, rule: 'must be a number of at least 0' },
  text: { fits: (value) => typeof value === 'string' && value !== '' && value.length <= 1_000, rule: 'must be text' },
  any: { fits: () => true, rule: '' },
};

/** The first member of these edits that may not be so; null: all may. */
export function refuseEdits(
  kind: string,
  payload: JsonObject,
  edits: JsonObject,
): { readonly member: string; readonly rule: string } | null {
  const editable = editableMembers(kind, payload);
  for (const [member, value] of Object.entries(edits)) {
    const type = Object.hasOwn(editable, member) ? editable[member]! : null;
    if (type === null) {
      const names = Object.keys(editable);
      const rule = names.length === 0 ? 'nothing of this may be changed' : `only ${names.join(', ')} may be changed`;
      return { member, rule };
    }
    if (!IS[type].fits(value)) return { member, rule: IS[type].rule };
  }
  return null;
}
