import { skillEvents } from '../../../domain/crews/skills/skill-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createAgentSkillRoutes } from './agent-skill-routes.ts';
import { createSkillImportRoutes } from './skill-import-routes.ts';
import { createSkillRoutes } from './skill-routes.ts';

export const skillsFeature = defineFeature({
  name: 'skills',
  routes: [createSkillRoutes, createSkillImportRoutes, createAgentSkillRoutes],
  events: skillEvents,
  pathRows: { skillId: 'skill' },
});
