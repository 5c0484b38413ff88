/** How many there may be; null: any number. */
export interface LicenseLimits {
  /** Live crews of the instance. */
  readonly max_crews: number | null;
  /** Live agents in a crew. */
  readonly max_agents_per_crew: number | null;
  /** People with a membership in any workspace of the instance. */
  readonly max_members: number | null;
}

/** What an instance is licensed for, as the API shows it. */
export interface License extends LicenseLimits {
  readonly edition: string;
  readonly license_id: string | null;
  readonly licensee_org: string | null;
  readonly features: readonly string[];
}

/** What an instance without a license file has. */
export const UNLIMITED: License = {
  edition: 'unlimited',
  license_id: null,
  licensee_org: null,
  max_crews: null,
  max_agents_per_crew: null,
  max_members: null,
  features: [],
};
