import { expect, test } from 'vitest';
import { skillsOfTree } from './skills-of-tree.ts';

const document = (name: string) => `---\nname: ${name}\ndescription: Does ${name}.\n---\nDo it.\n`;
const file = (path: string, text = 'words') => ({ path, content: Buffer.from(text), isExecutable: false });
const wanted = { url: 'https://git.example.com/x', paths: [], vendor: null, allowUnsafe: false };

test('a skill has what stands below it, but not below another one, and the nearest license', async () => {
  const files = [
    file('LICENSE', 'MIT License'),
    file('a/LICENSE.md', 'ISC License'),
    file('a/SKILL.md', document('one')),
    file('a/b/.hidden'),
    file('a/b/c/SKILL.md', document('two')),
    file('a/b/c/d/text'),
    file('a/b/text'),
    file('ab/SKILL.md', document('three')),
    file('text'),
  ];
  const { skills } = await skillsOfTree({ revision: 'r', files }, wanted);
  expect(skills.map((skill) => [skill.path, skill.fields.license, skill.files.map(({ path }) => path)])).toEqual([
    ['a', 'ISC', ['LICENSE.md', 'b/text']],
    ['a/b/c', 'ISC', ['d/text']],
    ['ab', 'MIT', []],
  ]);
});

test('a file is looked at a few times, however many skills there are', async () => {
  let looks = 0;
  const counted = (path: string, text?: string) => {
    const { content, isExecutable } = file(path, text);
    return {
      ...{ content, isExecutable },
      get path() {
        looks += 1;
        return path;
      },
    };
  };
  const files = Array.from({ length: 150 }, (_, index) => [
    counted(`${index}/SKILL.md`, document(`s${index}`)),
    counted(`${index}/text`),
  ]).flat();
  const { found, truncated } = await skillsOfTree({ revision: 'r', files }, { ...wanted, allowUnsafe: true });
  expect([found, truncated]).toEqual([150, true]);
  expect(looks).toBeLessThan(10 * files.length);
});
