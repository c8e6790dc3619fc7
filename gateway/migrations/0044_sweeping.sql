-- What is swept by its age is found by it.

CREATE INDEX spends_by_time ON spends (at);
CREATE INDEX sessions_by_end ON sessions (ends_at);
CREATE INDEX budgets_by_time ON budgets (at);
