// An agent that tells what it was taught, runs a script of it, and tries to change it.
import { execFileSync } from 'node:child_process';
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';

const { skills = [] } = JSON.parse(readFileSync(0, 'utf8'));
const attempt = (work) => {
  try {
    work();
    return 'done';
  } catch (error) {
    return error.code;
  }
};
const told = skills.map((skill) => ({
  ...skill,
  document: readFileSync(`${skill.directory}/SKILL.md`, 'utf8'),
  said: execFileSync(`${skill.directory}/scripts/say.sh`, { encoding: 'utf8' }).trim(),
  changed: [
    attempt(() => writeFileSync(`${skill.directory}/SKILL.md`, 'mine')),
    attempt(() => writeFileSync(`${skill.directory}/new`, 'mine')),
    attempt(() => unlinkSync(`${skill.directory}/scripts/say.sh`)),
  ],
}));
const result = { summary: `${told.length} skills`, handoff: { told } };
writeFileSync(`${process.env.CREWSHIP_RUN_DIR}/result.json`, JSON.stringify(result));
