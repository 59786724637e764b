-- expand
-- Who did it, by name, in a log of millions: each name once (audit_find.h), and one person's entries by number.
ALTER TABLE log_entry ADD KEY actor (platform_id, actor_name, seq);
