/** Skills: docs/contracts/skills.md. */
export const SKILL_CATEGORIES = [
  'CODING',
  'AUTOMATION',
  'DATA',
  'DEVOPS',
  'SUPPORT',
  'SALES',
  'WRITING',
  'RESEARCH',
  'PM',
  'DESIGN',
  'SECURITY',
  'FINANCE',
  'OPS',
  'CUSTOM',
] as const;
export type SkillCategory = (typeof SKILL_CATEGORIES)[number];

export const SKILL_SOURCES = ['BUNDLED', 'GENERATED', 'CUSTOM', 'URL'] as const;
export type SkillSource = (typeof SKILL_SOURCES)[number];

/** SCRIPT: files stand beside its instructions, for agents to run in their container. */
export const SKILL_RUNTIMES = ['INSTRUCTIONS', 'SCRIPT'] as const;
export type SkillRuntime = (typeof SKILL_RUNTIMES)[number];

/** In the order of lists. */
export const SKILL_MATURITIES = ['OFFICIAL', 'CURATED', 'COMMUNITY', 'EXPERIMENTAL'] as const;
export type SkillMaturity = (typeof SKILL_MATURITIES)[number];

/** What members may say of theirs: OFFICIAL are the instance's. */
export const OWN_MATURITIES = ['CURATED', 'COMMUNITY', 'EXPERIMENTAL'] as const satisfies readonly SkillMaturity[];

export const SCAN_STATUSES = ['CLEAN', 'FLAGGED'] as const;
export type ScanStatus = (typeof SCAN_STATUSES)[number];

export const DESCRIPTION_QUALITIES = ['GOOD', 'FAIR', 'POOR'] as const;
export type DescriptionQuality = (typeof DESCRIPTION_QUALITIES)[number];

/** Whose rows no workspace's are. */
export const INSTANCE = 'instance';

export const MAX_SKILLS = 1_000;
export const MAX_SKILLS_OF_AGENT = 50;
export const MAX_SKILL_VERSIONS = 50;
export const MAX_SKILL_FILES = 64;
export const MAX_SKILL_FILE_BYTES = 512 * 1_024;
/** Of all files beside a skill's instructions. */
export const MAX_SKILL_TREE_BYTES = 1_024 * 1_024;
/** Of instructions: octets. */
export const MAX_SKILL_CONTENT_BYTES = 200_000;

export interface SkillHolder {
  readonly agent_id: string;
  readonly agent_slug: string;
  readonly agent_name: string;
  readonly crew_id: string | null;
}

export interface SkillSummary {
  readonly id: string;
  readonly scope: 'instance' | 'workspace';
  readonly slug: string;
  readonly name: string;
  readonly display_name: string | null;
  readonly description: string;
  readonly category: SkillCategory;
  readonly source: SkillSource;
  readonly runtime: SkillRuntime;
  readonly maturity: SkillMaturity;
  readonly tags: readonly string[];
  readonly icon: string | null;
  readonly author: string | null;
  readonly vendor: string | null;
  readonly homepage: string | null;
  readonly spdx_license: string | null;
  readonly release: string | null;
  readonly scan_status: ScanStatus;
  readonly description_quality: DescriptionQuality;
  readonly version: number;
  readonly agent_count: number;
  /** The first of them by name. */
  readonly installed_on: readonly SkillHolder[];
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface SkillFileName {
  readonly path: string;
  readonly size_bytes: number;
  readonly is_executable: boolean;
}

export interface Skill extends SkillSummary {
  readonly content: string;
  readonly files: readonly SkillFileName[];
  readonly license: string | null;
  readonly source_url: string | null;
  readonly source_revision: string | null;
  readonly changelog: string | null;
  readonly dependencies: readonly string[];
  readonly allowed_tools: readonly string[];
  readonly allowed_domains: readonly string[];
  readonly credential_requirements: readonly string[];
  readonly scan_findings: readonly string[];
}

export interface SkillFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly isExecutable: boolean;
}

/** What who makes a skill says of it. */
export interface SkillFields {
  readonly name: string;
  readonly display_name: string | null;
  readonly description: string;
  readonly content: string;
  readonly category: SkillCategory;
  readonly maturity: SkillMaturity;
  readonly tags: readonly string[];
  readonly icon: string | null;
  readonly author: string | null;
  readonly vendor: string | null;
  readonly homepage: string | null;
  readonly license: string | null;
  readonly release: string | null;
  readonly changelog: string | null;
  readonly dependencies: readonly string[];
  readonly allowed_tools: readonly string[];
  readonly allowed_domains: readonly string[];
  readonly credential_requirements: readonly string[];
}

export const NEW_SKILL_DEFAULTS = {
  display_name: null,
  category: 'CUSTOM',
  maturity: 'COMMUNITY',
  tags: [],
  icon: null,
  author: null,
  vendor: null,
  homepage: null,
  license: null,
  release: null,
  changelog: null,
  dependencies: [],
  allowed_tools: [],
  allowed_domains: [],
  credential_requirements: [],
} as const satisfies Partial<SkillFields>;

/** What an agent is told of a skill that it has. */
export interface InstalledSkill {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly version: number;
  readonly runtime: SkillRuntime;
}
