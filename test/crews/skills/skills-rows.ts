import { skillsFeature } from '../../../api/crews/skills/skills-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const skillsRows = definePathRows(skillsFeature, {
  pathRows: {
    skillId: ({ post }) =>
      post('/api/v1/skills', { name: 'Row of a path', description: 'What a path names.', content: 'Words.' }),
  },
});
