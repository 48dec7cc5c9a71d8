-- board_joins, board_ranks of date=2026-11-20 iteration=2 into Redshift. These statements have not been tried there.

DROP TABLE IF EXISTS "nightly"."board_joins_staged";
DROP TABLE IF EXISTS "nightly"."board_joins_before";
CREATE TABLE "nightly"."board_joins_staged" (
  "board_id" BIGINT,
  "name" VARCHAR(65535),
  "page_rank" DOUBLE PRECISION,
  "is_corrected" BOOLEAN,
  "created_at" TIMESTAMP,
  "terms" SUPER,
  "owner" SUPER,
  "pin_joins" SUPER,
  "pins" SUPER
);
COPY "nightly"."board_joins_staged"
FROM 's3://discovery-data/output/board_joins/light/date=2026-11-20/iteration=2/part-'
IAM_ROLE 'arn:aws:iam::123456789012:role/redshift-reads'
FORMAT AS PARQUET SERIALIZETOJSON;
SELECT 1 / CASE WHEN count(*) = 4 THEN 1 ELSE 0 END AS every_row_is_there FROM "nightly"."board_joins_staged";
ANALYZE "nightly"."board_joins_staged";

DROP TABLE IF EXISTS "nightly"."board_ranks_staged";
DROP TABLE IF EXISTS "nightly"."board_ranks_before";
CREATE TABLE "nightly"."board_ranks_staged" (
  "id" BIGINT,
  "share" REAL
);
COPY "nightly"."board_ranks_staged"
FROM 's3://discovery-data/output/board_ranks/full/date=2026-11-20/iteration=2/part-'
IAM_ROLE 'arn:aws:iam::123456789012:role/redshift-reads'
FORMAT AS PARQUET;
SELECT 1 / CASE WHEN count(*) = 3 THEN 1 ELSE 0 END AS every_row_is_there FROM "nightly"."board_ranks_staged";
ANALYZE "nightly"."board_ranks_staged";

BEGIN;
CREATE TABLE IF NOT EXISTS "nightly"."board_joins" (LIKE "nightly"."board_joins_staged");
ALTER TABLE "nightly"."board_joins" RENAME TO "board_joins_before";
ALTER TABLE "nightly"."board_joins_staged" RENAME TO "board_joins";
CREATE TABLE IF NOT EXISTS "nightly"."board_ranks" (LIKE "nightly"."board_ranks_staged");
ALTER TABLE "nightly"."board_ranks" RENAME TO "board_ranks_before";
ALTER TABLE "nightly"."board_ranks_staged" RENAME TO "board_ranks";
COMMIT;

DROP TABLE IF EXISTS "nightly"."board_joins_before";
DROP TABLE IF EXISTS "nightly"."board_ranks_before";
