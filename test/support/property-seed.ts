import fc from 'fast-check';

/**
 * Property tests try the same cases in every run, so that a red build is the change's doing. To look for new ones:
 * CREWSHIP_TEST_FUZZ_SEED=random (or a number that a failure printed) and a larger CREWSHIP_TEST_FUZZ_RUNS.
 */
const FIXED_SEED = 20_261;
const given = process.env.CREWSHIP_TEST_FUZZ_SEED;
if (given !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given ?? FIXED_SEED) });
