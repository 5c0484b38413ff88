-- A person's first workspace, crew, agent and credential are made in one transaction, which begins in no workspace.
GRANT INSERT ON crews, agents, credentials TO crewship_system;
GRANT SELECT, INSERT ON credential_crews, credential_grants TO crewship_system;
