import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fencedText } from '../../../domain/kernel/text/fenced-text.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { NEW_SKILL_DEFAULTS, type SkillFields } from '../../../domain/crews/skills/skill.ts';

const SYSTEM = `You write a skill for AI agents that work in a container with a shell and files: instructions that
they read when their task is what the skill is for. The description says in one or two sentences
what the skill does and when to use it. The content is Markdown: what to do, in which order, what to
check, when to ask a person. It names no secret and no person. What the skill is to teach stands
between lines with a fence.`;
const MAX_TOKENS = 4_096;

const clean = (text: string, length: number) => text.slice(0, length).toWellFormed().replaceAll('\0', '').trim();

export const skillDraft = z.object({
  name: z.string(),
  description: z.string(),
  content: z.string(),
  tags: z.array(z.string()),
});

/** What a model is asked for a skill; the fence is made for this question. */
export function skillQuestion(prompt: string) {
  const content = fencedText('the request', prompt, randomBytes(16).toString('hex'));
  return { system: SYSTEM, messages: [{ role: 'user' as const, content }], maxTokens: MAX_TOKENS };
}

/** The fields of a draft. Throws `llm_failed` for one that is no skill. */
export function fieldsOfDraft(draft: z.infer<typeof skillDraft>): SkillFields {
  const told = { name: clean(draft.name, 100), description: clean(draft.description, 1_024) };
  const content = clean(draft.content, 50_000);
  if (told.name === '' || told.description === '' || content === '') {
    throw new CrewshipError('llm_failed', 'the model wrote no skill', { extensions: { reason: 'unusable' } });
  }
  const tags = draft.tags.map((tag) => clean(tag, 50).toLowerCase()).filter((tag) => tag !== '');
  return {
    ...NEW_SKILL_DEFAULTS,
    ...told,
    content,
    maturity: 'EXPERIMENTAL',
    tags: [...new Set(tags)].slice(0, 10),
  };
}
