import type { AgentCall } from '../../kernel/schemas/agent-call.ts';
import { MAX_ARTIFACTS_OF_RUN, MAX_PATH_CHARACTERS, MAX_TITLE_CHARACTERS } from './artifact.ts';

export const publishArtifactCall = {
  name: 'publish_artifact',
  method: 'POST',
  path: '/artifacts',
  title: 'Publish a file',
  description:
    'Give people a file that you wrote below /output. It is taken when your run is over, as it is then, and shown ' +
    `with your answer. At most ${MAX_ARTIFACTS_OF_RUN} files of 25 MiB each; naming one again changes its title.`,
  input: ({ z }) =>
    z.object({
      path: z.string().min(1).max(MAX_PATH_CHARACTERS).describe('Below /output, such as reports/march.html.'),
      title: z.string().trim().min(1).max(MAX_TITLE_CHARACTERS).optional().describe('What people call it.'),
    }),
  effect: 'adds',
} satisfies AgentCall;

export const ARTIFACT_CALLS: readonly AgentCall[] = [publishArtifactCall];
