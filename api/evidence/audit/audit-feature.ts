import { defineFeature } from '../../http/kernel/feature.ts';
import { createAuditEventRoutes } from './audit-event-routes.ts';
import { createAuditRoutes } from './audit-routes.ts';

export const auditFeature = defineFeature({ name: 'audit', routes: [createAuditRoutes, createAuditEventRoutes] });
