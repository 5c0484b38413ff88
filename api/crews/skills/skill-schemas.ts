import { z } from 'zod';
import {
  DESCRIPTION_QUALITIES,
  MAX_SKILL_CONTENT_BYTES,
  MAX_SKILL_FILE_BYTES,
  MAX_SKILL_FILES,
  MAX_SKILL_TREE_BYTES,
  OWN_MATURITIES,
  SCAN_STATUSES,
  SKILL_CATEGORIES,
  SKILL_MATURITIES,
  SKILL_RUNTIMES,
  SKILL_SOURCES,
  type SkillFile,
} from '../../../domain/crews/skills/skill.ts';
import { isSkillPath, isTree } from '../../../domain/crews/skills/skill-tree.ts';
import {
  clearableField,
  idField,
  nameField,
  refField,
  searchField,
  slugField,
  timeField,
} from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const wordsField = (maxItems: number, maxLength: number) => z.array(nameField(1, maxLength)).max(maxItems);
const webField = z
  .url({ protocol: /^https?$/ })
  .max(2_048)
  .nullable();

const skillFields = {
  display_name: clearableField(100),
  category: z.enum(SKILL_CATEGORIES),
  maturity: z.enum(OWN_MATURITIES),
  tags: wordsField(30, 50).transform((tags) => [...new Set(tags.map((tag) => tag.toLowerCase()))]),
  icon: clearableField(100),
  author: clearableField(200),
  vendor: clearableField(100),
  homepage: webField,
  license: clearableField(200).describe('identifier of SPDX, or its name'),
  release: clearableField(64).describe('the version that its author gives it'),
  changelog: clearableField(10_000),
  dependencies: wordsField(50, 50).describe('slugs of skills that it builds on'),
  allowed_tools: wordsField(100, 200).describe('tools that it needs'),
  allowed_domains: wordsField(100, 253).describe('places that it calls; the crew’s policy decides'),
  credential_requirements: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be the name of a variable'))
    .max(50)
    .describe('variables that its credentials are delivered in'),
};
const told = {
  name: nameField(1, 100),
  description: nameField(1, 1_024).describe('what it does and when to use it: all that agents read at first'),
  content: nameField(1, MAX_SKILL_CONTENT_BYTES).describe('instructions, Markdown'),
};

const filesField = z
  .array(
    z.strictObject({
      path: z
        .string()
        .min(1)
        .max(200)
        .refine(isSkillPath, 'must be a relative path of at most 8 names, and not SKILL.md'),
      content: z
        .string()
        .refine(
          (text) => Buffer.byteLength(text) <= MAX_SKILL_FILE_BYTES,
          `must be at most ${MAX_SKILL_FILE_BYTES} octets`,
        ),
      is_executable: z.boolean().default(false),
    }),
  )
  .max(MAX_SKILL_FILES)
  .refine((files) => isTree(files.map(({ path }) => path)), 'must be different, and no file may be in a file')
  .refine((files) => files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) <= MAX_SKILL_TREE_BYTES, {
    error: `must have at most ${MAX_SKILL_TREE_BYTES} octets together`,
  })
  .describe('text files that stand beside the instructions; a change replaces all of them');

export const newSkillBody = z
  .strictObject({
    ...told,
    slug: slugField.optional().describe('of the name if it is not given'),
    ...z.object(skillFields).partial().shape,
    files: filesField.default([]),
  })
  .meta({
    example: {
      name: 'Release notes',
      description: 'Makes release notes out of merged changes. Use it when a version is tagged.',
      content: '# Release notes\n\nGroup the changes by who cares about them.',
    },
  });
export const skillPatchBody = z
  .strictObject({ ...z.object({ ...told, ...skillFields }).partial().shape, files: filesField.optional() })
  .meta({ example: { tags: ['release'] } });

/** Members that are given, and no others. */
export function givenMembers<Body extends object>(
  body: Body,
): { [Name in keyof Body]: Exclude<Body[Name], undefined> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as never;
}

export function toSkillFiles(files: readonly { path: string; content: string; is_executable: boolean }[]): SkillFile[] {
  return files.map(({ path, content, is_executable: isExecutable }) => ({
    path,
    content: Buffer.from(content),
    isExecutable,
  }));
}

export const skillParams = z.object({ skillId: refField });
export const ownSkillParams = z.object({ workspaceId: idField, skillId: idField });
export const agentSkillsParams = z.object({ agentId: refField });
export const agentSkillParams = z.object({ agentId: refField, skillId: idField });

const holder = z.object({
  agent_id: z.string(),
  agent_slug: z.string(),
  agent_name: z.string(),
  crew_id: z.string().nullable(),
});

export const skillSummaryAnswer = z.object({
  id: z.string(),
  scope: z.enum(['instance', 'workspace']).describe('whose it is; the instance’s are read only'),
  slug: z.string(),
  name: z.string(),
  display_name: z.string().nullable(),
  description: z.string(),
  category: z.enum(SKILL_CATEGORIES),
  source: z.enum(SKILL_SOURCES),
  runtime: z.enum(SKILL_RUNTIMES).describe('SCRIPT: files stand beside its instructions'),
  maturity: z.enum(SKILL_MATURITIES),
  tags: z.array(z.string()),
  icon: z.string().nullable(),
  author: z.string().nullable(),
  vendor: z.string().nullable(),
  homepage: z.string().nullable(),
  spdx_license: z.string().nullable(),
  release: z.string().nullable().describe('the version that its author gives it'),
  scan_status: z.enum(SCAN_STATUSES),
  description_quality: z.enum(DESCRIPTION_QUALITIES),
  version: z.int().describe('of what agents are told'),
  agent_count: z.int(),
  installed_on: z.array(holder).describe('agents that have it, the first 20'),
  created_by: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});
export const skillAnswer = skillSummaryAnswer.extend({
  content: z.string(),
  files: z.array(z.object({ path: z.string(), size_bytes: z.int(), is_executable: z.boolean() })),
  license: z.string().nullable().describe('as its author writes it'),
  source_url: z.string().nullable(),
  source_revision: z.string().nullable(),
  changelog: z.string().nullable(),
  dependencies: z.array(z.string()),
  allowed_tools: z.array(z.string()),
  allowed_domains: z.array(z.string()),
  credential_requirements: z.array(z.string()),
  scan_findings: z.array(z.string()),
});

const booleanField = z.enum(['true', 'false', '1', '0']).transform((word) => word === 'true' || word === '1');

export const skillsQuery = z.object({
  workspace_id: idField.optional(),
  category: z.enum(SKILL_CATEGORIES).optional(),
  source: z.enum(SKILL_SOURCES).optional(),
  maturity: z.enum(SKILL_MATURITIES).optional(),
  runtime: z.enum(SKILL_RUNTIMES).optional(),
  vendor: z.string().trim().min(1).max(100).optional(),
  search: searchField.describe('part of a name, a slug or a description, or a tag'),
  installed: booleanField.optional().describe('whether an agent has it'),
  agent: refField.optional().describe('that this agent has: its id, slug or name'),
  installed_for_agent_id: idField.optional().describe('the same, by the agent’s id'),
  ...pageQuery({ defaultLimit: 50 }),
});
export const skillQuery = z.object({
  workspace_id: idField.optional(),
  version: z.coerce.number().int().min(1).max(2_147_483_647).optional().describe('as agents were told it then'),
});

export const discoveryQuery = z.object({
  workspace_id: idField.optional(),
  q: z.string().trim().min(1).max(500).optional().describe('what is to be done'),
  agent: refField.optional().describe('what this agent has'),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export const discoveryAnswer = z.object({
  skills: z.array(
    z.object({
      id: z.string(),
      slug: z.string(),
      name: z.string(),
      description: z.string(),
      tags: z.array(z.string()),
      agents: z.array(holder).describe('that have it, the first 20'),
      score: z.number().describe('from 0 to 1; 1 where nothing was asked'),
    }),
  ),
  generated_at: timeField.nullable().describe('when the youngest of what is told was; null where nothing is'),
});

export const skillVersionsAnswer = z.array(
  z.object({
    version: z.int(),
    name: z.string(),
    description: z.string(),
    sha256: z.string().describe('of all that agents are told, files included'),
    changed_by: z.string().nullable(),
    created_at: timeField,
  }),
);

export const deletedSkillAnswer = z.object({ deleted: z.boolean(), skill_id: z.string() });

const installedSkill = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  version: z.int(),
  runtime: z.enum(SKILL_RUNTIMES),
});
export const agentSkillsAnswer = z.array(
  z.object({
    id: z.string(),
    agent_id: z.string(),
    skill_id: z.string(),
    enabled: z.boolean().describe('false: a flagged version waits for an administrator to give it'),
    config: z.record(z.string(), z.string()),
    created_by: z.string().nullable(),
    created_at: timeField,
    skill: installedSkill.describe('what the agent is told: the workspace’s of the same slug, if there is one'),
  }),
);
export const agentSkillBody = z
  .strictObject({
    skill_id: idField,
    config: z
      .record(z.string().min(1).max(64), z.string().max(500))
      .refine((settings) => Object.keys(settings).length <= 20, 'must have at most 20 settings')
      .default({})
      .describe('settings by name that the agent is told with the skill'),
  })
  .meta({ example: { skill_id: 'c123456789' } });
export const assignedSkillAnswer = z.object({ id: z.string(), already_assigned: z.boolean() });
