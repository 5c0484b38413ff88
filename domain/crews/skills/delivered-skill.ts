import type { InstalledSkill, SkillFile } from './skill.ts';

/** A skill as an attempt gets it, with all that belongs to it. */
export interface DeliveredSkill extends InstalledSkill {
  readonly content: string;
  /** Settings that the agent is told with it. */
  readonly config: Readonly<Record<string, string>>;
  readonly files: readonly SkillFile[];
}

/** The skills of an attempt and where they are in its container, each in a folder of its slug. */
export interface DeliveredSkills {
  /** The folder that holds `.claude/skills`. */
  readonly root: string;
  readonly skills: readonly DeliveredSkill[];
}

/** Below the root: where tools that know skills look for them. */
export const SKILLS_FOLDER = '.claude/skills';

/** Where in its container an attempt finds a skill. */
export function skillFolder({ root }: Pick<DeliveredSkills, 'root'>, { slug }: Pick<DeliveredSkill, 'slug'>): string {
  return `${root}/${SKILLS_FOLDER}/${slug}`;
}

/** What the skill says to do, with the settings that the agent has for it. */
export function skillInstructions({ content, config }: Pick<DeliveredSkill, 'content' | 'config'>): string {
  const settings = Object.entries(config);
  if (settings.length === 0) return content;
  return [content, '## Settings', settings.map(([name, value]) => `- ${name}: ${value}`).join('\n')].join('\n\n');
}

/** `SKILL.md`: a JSON string is one of YAML, too. */
export function skillDocument(skill: DeliveredSkill): string {
  const front = [`name: ${skill.slug}`, `description: ${JSON.stringify(skill.description)}`];
  return `---\n${front.join('\n')}\n---\n\n${skillInstructions(skill)}\n`;
}
