-- What follows from the ranks, and the three joins as views. Of equal votes the last category by name wins.

CREATE TABLE board_features AS
    WITH voted AS (
        SELECT board_id, max({'n': n, 'category': category}).category AS category
        FROM board_votes WHERE n > 0
        GROUP BY board_id
    ), counted AS (
        SELECT board_id, sum(n_pins)::BIGINT AS n_pins FROM picture_boards GROUP BY board_id
    )
    SELECT board_id, coalesce(counted.n_pins, 0) AS n_pins,
        coalesce(voted.category, boards.category) AS category, page_rank AS importance
    FROM boards JOIN ranks USING (board_id) LEFT JOIN counted USING (board_id) LEFT JOIN voted USING (board_id);

CREATE TABLE picture_features AS
    WITH votes AS (
        SELECT image_signature, category, count(*) AS n
        FROM picture_boards JOIN board_features USING (board_id)
        WHERE category IS NOT NULL
        GROUP BY ALL
    ), voted AS (
        SELECT image_signature, max({'n': n, 'category': category}).category AS category
        FROM votes
        GROUP BY image_signature
    ), counted AS (
        SELECT image_signature, sum(own.n_pins)::BIGINT AS n_pins, count(*) AS n_boards,
            sum(own.n_pins * importance / board.n_pins) AS importance
        FROM picture_boards own JOIN board_features board USING (board_id)
        GROUP BY image_signature
    )
    SELECT image_signature, n_pins, n_boards, category, importance
    FROM counted LEFT JOIN voted USING (image_signature);

CREATE TABLE user_features AS
    WITH votes AS (
        SELECT user_id, category, sum(own.n_pins) AS n
        FROM user_boards own JOIN board_features USING (board_id)
        WHERE category IS NOT NULL
        GROUP BY ALL
    ), voted AS (
        SELECT user_id, max({'n': n, 'category': category}).category AS category
        FROM votes WHERE n > 0
        GROUP BY user_id
    ), counted AS (
        SELECT user_id, sum(own.n_pins)::BIGINT AS n_pins, count(*) AS n_boards,
            sum(CASE WHEN board.n_pins = 0 THEN importance ELSE own.n_pins * importance / board.n_pins END)
                AS importance
        FROM user_boards own JOIN board_features board USING (board_id)
        GROUP BY user_id
    )
    SELECT user_id, coalesce(n_pins, 0) AS n_pins, coalesce(n_boards, 0) AS n_boards, category,
        coalesce(importance, 0) AS importance
    FROM users LEFT JOIN counted USING (user_id) LEFT JOIN voted USING (user_id);

CREATE MACRO small_picture(of) AS {'image_signature': of.image_signature, 'n_pins': of.n_pins,
    'n_boards': of.n_boards, 'category': of.category, 'importance': of.importance};
CREATE MACRO small_board(of) AS
    {'board_id': of.board_id, 'n_pins': of.n_pins, 'category': of.category, 'importance': of.importance};
CREATE MACRO small_user(of) AS {'user_id': of.user_id, 'n_pins': of.n_pins,
    'n_boards': of.n_boards, 'category': of.category, 'importance': of.importance};

CREATE VIEW pin_joins AS
    WITH raw AS (
        SELECT image_signature, count(parent_pin_id) AS n_repins, min(created_at) AS first_pinned_at,
            max(created_at) AS last_pinned_at,
            list_sort(list({'pin_id': pin_id, 'board_id': board_id, 'user_id': user_id, 'image': image,
                'parent_pin_id': parent_pin_id, 'created_at': created_at, 'description': description,
                'link': link})) AS pins
        FROM pins
        GROUP BY image_signature
    ), of_boards AS (
        SELECT image_signature, list(small_board(board)) AS boards
        FROM picture_boards JOIN board_features board USING (board_id)
        GROUP BY image_signature
    ), of_users AS (
        SELECT image_signature, list(small_user(u)) AS users
        FROM picture_users JOIN user_features u USING (user_id)
        GROUP BY image_signature
    )
    SELECT image_signature, n_pins, n_repins, n_boards, len(users) AS n_users, first_pinned_at, last_pinned_at,
        category, importance, pins, boards, users
    FROM picture_features JOIN raw USING (image_signature) JOIN of_boards USING (image_signature)
        JOIN of_users USING (image_signature)
    ORDER BY image_signature;

CREATE VIEW board_joins AS
    WITH raw AS (
        SELECT board_id, count(parent_pin_id) AS n_repins, min(created_at) AS first_pinned_at,
            max(created_at) AS last_pinned_at,
            list_sort(list({'pin_id': pin_id, 'image_signature': image_signature, 'user_id': user_id,
                'image': image, 'parent_pin_id': parent_pin_id, 'created_at': created_at,
                'description': description, 'link': link})) AS pins
        FROM pins
        GROUP BY board_id
    ), of_pictures AS (
        SELECT board_id, list(small_picture(picture)) AS pin_joins
        FROM picture_boards JOIN picture_features picture USING (image_signature)
        GROUP BY board_id
    ), of_users AS (
        SELECT board_id, list(small_user(u)) AS users
        FROM user_boards own JOIN user_features u USING (user_id)
        WHERE own.n_pins > 0
        GROUP BY board_id
    )
    SELECT board_id, boards.user_id, name, description, boards.created_at, importance AS page_rank,
        boards.category AS owner_category, feature.category, n_pins, coalesce(n_repins, 0) AS n_repins,
        coalesce(len(pin_joins), 0) AS n_pictures, coalesce(len(users), 0) AS n_users, first_pinned_at,
        last_pinned_at, pins, pin_joins, users
    FROM boards JOIN board_features feature USING (board_id) LEFT JOIN raw USING (board_id)
        LEFT JOIN of_pictures USING (board_id) LEFT JOIN of_users USING (board_id)
    ORDER BY board_id;

CREATE VIEW user_joins AS
    WITH raw AS (
        SELECT user_id, count(parent_pin_id) AS n_repins, min(created_at) AS first_pinned_at,
            max(created_at) AS last_pinned_at,
            list_sort(list({'pin_id': pin_id, 'image_signature': image_signature, 'board_id': board_id,
                'image': image, 'parent_pin_id': parent_pin_id, 'created_at': created_at,
                'description': description, 'link': link})) AS pins
        FROM pins
        GROUP BY user_id
    ), of_pictures AS (
        SELECT user_id, list(small_picture(picture)) AS pin_joins
        FROM picture_users JOIN picture_features picture USING (image_signature)
        GROUP BY user_id
    ), of_boards AS (
        SELECT user_id, list(small_board(board)) AS boards
        FROM user_boards JOIN board_features board USING (board_id)
        GROUP BY user_id
    )
    SELECT user_id, username, country, users.created_at, importance, category, n_pins,
        coalesce(n_repins, 0) AS n_repins, n_boards, coalesce(len(pin_joins), 0) AS n_pictures, first_pinned_at,
        last_pinned_at, pins, boards, pin_joins
    FROM users JOIN user_features USING (user_id) LEFT JOIN raw USING (user_id)
        LEFT JOIN of_pictures USING (user_id) LEFT JOIN of_boards USING (user_id)
    ORDER BY user_id;
