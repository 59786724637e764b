-- expand
-- The services that are looked at most, without a look at all of them: one index, read from its end.
ALTER TABLE listing ADD KEY hot (platform_id, home_id, live, views);
