-- Our own sidecars' tokens name the generation of their crew and end with it. Those without one are for sidecars that
-- an integrator runs; a crew may refuse them.
ALTER TABLE crews ADD COLUMN takes_integrator_tokens boolean NOT NULL DEFAULT true;
