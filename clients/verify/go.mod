module crewship.invalid/verify

go 1.21
