-- expand
-- Servers hear of ended sessions, and cut the live connections that these opened.
INSERT INTO change_head (topic, seq) VALUES ('sessions', 1) ON DUPLICATE KEY UPDATE seq = seq;
