import { defineFeature } from '../../http/kernel/feature.ts';
import { createAccountPageRoutes } from './account-page-routes.ts';
import { createInvitePageRoutes } from './invite-page-routes.ts';
import { createLoginPageRoutes } from './login-page-routes.ts';

export const pagesFeature = defineFeature({
  name: 'pages',
  routes: [createAccountPageRoutes, createInvitePageRoutes, createLoginPageRoutes],
});
