import { defineFeature } from '../../http/kernel/feature.ts';
import { createAccountRoutes } from './account-routes.ts';
import { createAvatarRoutes } from './avatar-routes.ts';
import { createOwnAccountRoutes } from './own-account-routes.ts';
import { createPairingRoutes } from './pairing-routes.ts';
import { createProvisionRoutes } from './provision-routes.ts';
import { createUserRoutes } from './user-routes.ts';

export const accountsFeature = defineFeature({
  name: 'accounts',
  routes: [
    createAvatarRoutes,
    createAccountRoutes,
    createOwnAccountRoutes,
    createPairingRoutes,
    createProvisionRoutes,
    createUserRoutes,
  ],
  pathRows: { userId: 'user' },
});
