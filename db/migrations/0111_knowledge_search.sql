-- What entries are found by: their texts in pieces, and their titles however they are misspelt.
CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;

CREATE TABLE knowledge_chunks (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
  workspace_id text NOT NULL,
  namespace_id text NOT NULL,
  entry_id text NOT NULL,
  seq integer NOT NULL CHECK (seq >= 0),
  text text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 4000),
  -- Of the title, which weighs more, and the text.
  terms tsvector NOT NULL,
  UNIQUE (entry_id, seq),
  FOREIGN KEY (workspace_id, entry_id) REFERENCES knowledge_entries (workspace_id, id) ON DELETE CASCADE
);
-- Beside the row, where ranking reads it; the text goes elsewhere first.
ALTER TABLE knowledge_chunks ALTER COLUMN terms SET STORAGE MAIN;
CREATE INDEX knowledge_chunks_terms ON knowledge_chunks USING gin (terms);

CREATE INDEX knowledge_entries_titles ON knowledge_entries USING gin (lower(title) extensions.gin_trgm_ops);

ALTER TABLE knowledge_chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE knowledge_chunks FORCE ROW LEVEL SECURITY;
CREATE POLICY app_workspace ON knowledge_chunks TO crewship_app
  USING (workspace_id = ANY ((SELECT crewship_workspaces())::text[]))
  WITH CHECK (workspace_id = ANY ((SELECT crewship_workspaces())::text[]));
CREATE POLICY system_all ON knowledge_chunks TO crewship_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON knowledge_chunks TO crewship_app;
GRANT SELECT ON knowledge_chunks TO crewship_system;

INSERT INTO knowledge_chunks (workspace_id, namespace_id, entry_id, seq, text, terms)
SELECT e.workspace_id, e.namespace_id, e.id, s.seq, p.text,
  setweight(to_tsvector('english', e.title), 'A') || setweight(to_tsvector('english', p.text), 'D')
FROM knowledge_entries e
CROSS JOIN LATERAL generate_series(0, (char_length(e.content) - 1) / 1000) AS s (seq)
CROSS JOIN LATERAL (SELECT substr(e.content, s.seq * 1000 + 1, 1000) AS text) p
WHERE p.text <> '';

-- Chunks that a question finds in these namespaces, by its words and by titles like it, each with its place in either
-- list. Row-level security would keep the indexes from being used: the function itself holds workspace and namespaces.
CREATE FUNCTION crewship_search_knowledge(p_workspace_id text, p_namespace_ids text[], p_query text, p_tags text[],
  p_kind text, p_limit integer)
RETURNS TABLE (chunk_id text, entry_id text, by_words bigint, by_title bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path TO 'public', 'extensions', 'pg_temp'
SET plan_cache_mode TO 'force_custom_plan'
AS $$
DECLARE
  every tsquery := plainto_tsquery('english', p_query);
  any_word tsquery := replace(every::text, ' & ', ' | ')::tsquery;
  word text;
  found integer;
  wanted tsquery;
BEGIN
  IF p_workspace_id <> ALL (crewship_workspaces()) THEN
    RETURN;
  END IF;
  SELECT count(*) INTO found FROM (SELECT 1 FROM knowledge_chunks c
    WHERE c.terms @@ every AND c.workspace_id = p_workspace_id AND c.namespace_id = ANY (p_namespace_ids)
    LIMIT p_limit) f;
  -- Where few have all words, those that have one of the rarer are looked at: a word of most chunks tells little, and
  -- would fill all that is ranked.
  IF found < p_limit THEN
    FOREACH word IN ARRAY (tsvector_to_array(to_tsvector('english', p_query)))[1:16] LOOP
      SELECT count(*) INTO found FROM (SELECT 1 FROM knowledge_chunks c
        WHERE c.terms @@ quote_literal(word)::tsquery AND c.workspace_id = p_workspace_id
          AND c.namespace_id = ANY (p_namespace_ids) LIMIT 400) f;
      IF found BETWEEN 1 AND 399 THEN
        wanted := coalesce(wanted || quote_literal(word)::tsquery, quote_literal(word)::tsquery);
      END IF;
    END LOOP;
    wanted := coalesce(wanted || every, any_word);
  ELSE
    wanted := every;
  END IF;
  RETURN QUERY
  WITH worded AS (
    SELECT h.id, h.entry, row_number() OVER (ORDER BY h.score DESC, h.id) AS place FROM (
      SELECT c.id, c.entry_id AS entry, ts_rank('{0.1, 0.2, 0.4, 1.0}', c.terms, any_word, 1)
        + CASE WHEN c.terms @@ every THEN 1 ELSE 0 END AS score
      FROM knowledge_chunks c JOIN knowledge_entries e ON e.id = c.entry_id
      WHERE c.terms @@ wanted AND c.workspace_id = p_workspace_id AND c.namespace_id = ANY (p_namespace_ids)
        AND e.status IN ('published', 'stale') AND e.visibility = 'visible'
        AND (p_tags IS NULL OR e.tags @> p_tags) AND (p_kind IS NULL OR e.kind = p_kind)
      LIMIT 1000) h
    ORDER BY h.score DESC, h.id LIMIT p_limit
  ), titled AS (
    SELECT t.id, row_number() OVER (ORDER BY t.likeness DESC, t.id) AS place FROM (
      SELECT e.id, similarity(lower(e.title), lower(p_query)) AS likeness
      FROM knowledge_entries e
      WHERE lower(e.title) % lower(p_query)
        AND e.workspace_id = p_workspace_id AND e.namespace_id = ANY (p_namespace_ids)
        AND e.status IN ('published', 'stale') AND e.visibility = 'visible'
        AND (p_tags IS NULL OR e.tags @> p_tags) AND (p_kind IS NULL OR e.kind = p_kind)
      LIMIT 1000) t
    ORDER BY t.likeness DESC, t.id LIMIT p_limit
  )
  SELECT coalesce(w.id, first.id), coalesce(w.entry, t.id), w.place, t.place
  FROM worded w FULL JOIN titled t ON t.id = w.entry
  LEFT JOIN knowledge_chunks first ON first.entry_id = t.id AND first.seq = 0 AND w.id IS NULL
  WHERE coalesce(w.id, first.id) IS NOT NULL;
END
$$;
REVOKE ALL ON FUNCTION crewship_search_knowledge(text, text[], text, text[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION crewship_search_knowledge(text, text[], text, text[], text, integer) TO crewship_app;
