import type { BuildTarget } from '../../../../activities/crews/provisioning/steps/build-types.ts';
import { runBuild, testBuildDeps, testRun } from '../../../support/test-builds.ts';

/** A process of its own that builds, to be killed: is sent a target, sends the lines of the log and then the image. */
process.once('message', (message) => {
  const run = { ...testRun(), onLog: (line: string) => void process.send!({ line }) };
  void testBuildDeps()
    .then((deps) => runBuild(deps, message as BuildTarget, run))
    .then(
      ({ imageId }) => process.send!({ imageId }, () => process.exit(0)),
      (error: Error) => process.send!({ error: error.message }, () => process.exit(1)),
    );
});
