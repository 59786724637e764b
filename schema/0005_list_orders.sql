-- expand
-- Lists of what grows large are read in the order of an index: without one, the first page of a platform's 100,000 listings sorts
-- them all.
ALTER TABLE listing
  ADD KEY submitted (platform_id, home_id, submitted_at),
  ADD KEY published (platform_id, home_id, published_at),
  ADD KEY name (platform_id, home_id, name);
ALTER TABLE product ADD KEY created (platform_id, created_at), ADD KEY name (platform_id, name);
ALTER TABLE institution ADD KEY created (platform_id, created_at);
ALTER TABLE membership ADD KEY created (platform_id, created_at);
ALTER TABLE entry_case ADD KEY created (platform_id, created_at);
ALTER TABLE notice ADD KEY created (platform_id, created_at);
