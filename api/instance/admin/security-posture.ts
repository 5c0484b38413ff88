/** Settings that decide how well an instance is guarded. */
export interface PostureFacts {
  readonly production: boolean;
  readonly publicUrl: string | null;
  readonly signupOpen: boolean;
  readonly internalOpenToAny: boolean;
  readonly egressToPrivateNetworks: boolean;
  readonly trustedProxies: readonly string[];
}

interface Warning {
  readonly key: string;
  readonly severity: 'notice' | 'warn';
  readonly message: string;
}

/** The settings as an operator reads them, and what each that is lax lets happen. */
export function postureOf(facts: PostureFacts) {
  const posture = {
    production: facts.production,
    https: facts.publicUrl?.startsWith('https:') === true,
    signup_open: facts.signupOpen,
    internal_open_to_any: facts.internalOpenToAny,
    egress_to_private_networks: facts.egressToPrivateNetworks,
    trusted_proxies: facts.trustedProxies.length > 0,
  };
  const warnings: Warning[] = [];
  const warn = (key: keyof typeof posture, severity: Warning['severity'], message: string) =>
    warnings.push({ key, severity, message });
  if (!posture.production) warn('production', 'notice', 'keys may be generated and kept beside the data');
  if (!posture.https)
    warn('https', 'warn', 'CREWSHIP_PUBLIC_URL is no https address: credentials cross the network in clear');
  if (posture.signup_open)
    warn('signup_open', 'notice', 'anybody who reaches the API may make an account and a workspace');
  if (posture.internal_open_to_any) {
    warn('internal_open_to_any', 'warn', 'the internal routes answer callers from any address');
  }
  if (posture.egress_to_private_networks) {
    warn('egress_to_private_networks', 'warn', 'agents may reach the private networks of their host');
  }
  if (facts.trustedProxies.some((network) => network.endsWith('/0'))) {
    warn('trusted_proxies', 'warn', 'every address is believed to be a proxy, so callers choose their own address');
  }
  return { ...posture, warnings };
}
