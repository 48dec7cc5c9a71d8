-- What is counted before boards are ranked. pins, boards and users are views of the raw Parquet files.

CREATE TABLE picture_boards AS
    SELECT image_signature, board_id, count(*) AS n_pins FROM pins GROUP BY ALL;

CREATE TABLE picture_users AS
    SELECT image_signature, user_id, count(*) AS n_pins FROM pins GROUP BY ALL;

-- Boards that a user owns or pins on. An own empty board has no pins.
CREATE TABLE user_boards AS
    SELECT user_id, board_id, sum(n)::BIGINT AS n_pins
    FROM (SELECT user_id, board_id, 1 AS n FROM pins UNION ALL SELECT user_id, board_id, 0 FROM boards)
    GROUP BY ALL;

CREATE TABLE repins AS
    SELECT saved.board_id, parent.board_id AS parent_board_id, count(*) AS n_repins
    FROM pins saved JOIN pins parent ON saved.parent_pin_id = parent.pin_id
    WHERE saved.board_id <> parent.board_id
    GROUP BY ALL;

-- Each picture of a board speaks for the categories of the other boards that have it.
CREATE TABLE owner_votes AS
    SELECT image_signature, category, count(*) AS n
    FROM picture_boards JOIN boards USING (board_id)
    WHERE category IS NOT NULL
    GROUP BY ALL;

CREATE TABLE board_votes AS
    SELECT board_id, vote.category, (sum(n) - count(*) FILTER (vote.category = boards.category))::BIGINT AS n
    FROM picture_boards JOIN boards USING (board_id) JOIN owner_votes vote USING (image_signature)
    GROUP BY ALL;
