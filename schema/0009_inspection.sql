-- expand
-- What is on the shelf and still to be inspected, among everything that is on it.
ALTER TABLE listing ADD KEY due (platform_id, home_id, due_on);
