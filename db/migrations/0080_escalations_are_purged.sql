-- Those who run a workspace delete what is over; the journal keeps that it was.
GRANT DELETE ON escalations TO crewship_app;

-- Whether a workspace wants to hear of its keeper's health.
GRANT SELECT (workspace_id, enabled) ON keeper_governance TO crewship_system;
-- Which keepers were asked lately.
CREATE INDEX keeper_requests_recent ON keeper_requests (created_at, workspace_id);
