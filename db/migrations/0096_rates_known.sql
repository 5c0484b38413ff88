-- Whether the rate card named the model of a call; null for calls from before that was kept.
ALTER TABLE cost_ledger ADD COLUMN rate_known boolean;
