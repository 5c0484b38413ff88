import { expect, test } from 'vitest';
import { type DeliveredSkill, skillDocument, skillFolder } from './delivered-skill.ts';

const SKILL: DeliveredSkill = {
  id: 'skill1',
  slug: 'notes',
  name: 'Notes',
  description: 'Says "notes": always.\nSecond line',
  version: 3,
  runtime: 'INSTRUCTIONS',
  content: '# Notes',
  config: { tone: 'dry' },
  files: [],
};

test('a SKILL.md names the skill, keeps what its description holds in one line, and has the settings', () => {
  expect(skillDocument(SKILL)).toBe(
    '---\nname: notes\ndescription: "Says \\"notes\\": always.\\nSecond line"\n---\n\n' +
      '# Notes\n\n## Settings\n\n- tone: dry\n',
  );
  expect(skillDocument({ ...SKILL, config: {} })).toMatch(/# Notes\n$/);
  expect(skillFolder({ root: '/inputs/a.skills/b' }, SKILL)).toBe('/inputs/a.skills/b/.claude/skills/notes');
});
