import { defineFeature } from '../../http/kernel/feature.ts';
import { createOnboardingRoutes } from './onboarding-routes.ts';

export const onboardingFeature = defineFeature({ name: 'onboarding', routes: [createOnboardingRoutes] });
