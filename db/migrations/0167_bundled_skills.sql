-- The instance's own skills: how agents of a crew work with people and with each other.
WITH bundled (id, slug, name, description, category, tags, content) AS (
  VALUES
    ('skill-hand-over', 'hand-over', 'Hand over results',
      'Writes a result that the next agent and a person can go on from. Use it before you end a task.', 'PM',
      ARRAY['handoff', 'result', 'summary'],
      $$# Hand over results

Whoever reads your result has seen none of your work.

1. Say first what you found or did, in one sentence that stands alone.
2. Name what you relied on: files below /workspace or /output, commands, sources.
3. Say what you did not check and what would change the result.
4. Put what the next agent needs as data into the handoff, not into prose: paths, ids, numbers with their units.
5. Give a confidence that you would bet on. Below 0.5 say what is missing.

A result that only says that something is done is no result.$$),
    ('skill-ask-people', 'ask-people', 'Ask people well',
      'Puts a question to a person so that one answer is enough. Use it when a decision is not yours to make.',
      'SUPPORT',
      ARRAY['escalation', 'question', 'decision'],
      $$# Ask people well

Ask when the decision is somebody else's, when what you would do cannot be undone, or when two readings of your task
lead to different work. Do not ask what the files can tell you.

1. Begin with the decision: what is to be chosen, and by when it matters.
2. Give two to four options, each with what follows from it. Name the one that you would take, and why.
3. Add the facts that the choice hangs on, with where you have them from. Leave out how you got there.
4. Ask one question at a time, and go on with what does not depend on it.

If nobody answers, take the option that is easiest to undo, and say so in your result.$$),
    ('skill-review-changes', 'review-changes', 'Review changes',
      'Reviews a change of code or text for what would hurt. Use it to check the work of another agent.',
      'CODING', ARRAY['review', 'code', 'quality'],
      $$# Review changes

Read what was asked for before you read the change.

1. Say what the change does in your own words. If you cannot, that is the first finding.
2. Look for what would hurt, in this order: wrong results, lost data, secrets or rights given away, work that grows
   without bound, behaviour without a test.
3. Try what you can: run the tests, run the change, feed it the empty, the huge and the wrong.
4. Report each finding with its place, what happens, and how to see it. Leave out what is only taste.
5. End with one word: accept, change, or reject.

No findings is a result too: then say what you tried.$$)
)
INSERT INTO skills (id, workspace_id, slug, name, description, content, category, source, maturity, tags, author,
  license, spdx_license, scan_status, description_quality)
SELECT id, 'instance', slug, name, description, content, category, 'BUNDLED', 'OFFICIAL', tags, 'Crewship',
  'Apache-2.0', 'Apache-2.0', 'CLEAN', 'GOOD'
FROM bundled;

INSERT INTO skill_versions (workspace_id, skill_id, version, name, description, content, sha256)
SELECT workspace_id, id, version, name, description, content,
  encode(sha256(convert_to(name || E'\n' || description || E'\n' || content, 'UTF8')), 'hex')
FROM skills WHERE workspace_id = 'instance';
