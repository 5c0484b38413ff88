-- Who removes a content asks each table that may name it: by an index, as what it removes it for waits meanwhile.
CREATE INDEX knowledge_files_content ON knowledge_files (blob_id);
CREATE INDEX knowledge_files_served ON knowledge_files (served_blob_id) WHERE served_blob_id IS NOT NULL;
CREATE INDEX chat_attachments_content ON chat_attachments (blob_id);
CREATE INDEX artifact_revisions_content ON artifact_revisions (blob_id);
