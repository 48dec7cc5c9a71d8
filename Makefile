# Every target sets up what it needs: `make run` and `make test` work on a fresh machine with Python and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DATE   ?= 2026-11-20
PINS   ?= 100000
TESTS  ?=
BENCH  := .venv-bench
SPARK_4 := .venv-spark-4
HBASE_JARS := $(or $(INTEREST_GRAPH_HBASE_JARS),$(HOME)/.cache/interest-graph-tests/hbase)
HADOOP_JARS := $(or $(INTEREST_GRAPH_HADOOP_JARS),$(HOME)/.cache/interest-graph-tests/hadoop)
AUDIT  ?= .venv-audit/bin/pip-audit
AUDIT_SERVICE ?= pypi
BENCH_PINS ?= 2000000 10000000
BENCH_ROUNDS ?= 3
FUZZ_INPUTS ?= 1000000
FUZZ_SEED ?= 1
FAULT_KILLS ?= 200
FAULT_SEED ?= 1
# BENCH_SMALL=1 makes every benchmark small and short, to see that it runs; its figures mean nothing.
SMALL  := $(if $(BENCH_SMALL),--small)
DRILL   = $(if $(TIER),--tier $(TIER)) $(if $(ADDRESS),--address $(ADDRESS)) $(if $(SEED),--seed $(SEED))
ROUNDS := --rounds $(if $(BENCH_SMALL),1,$(BENCH_ROUNDS)) $(SMALL)

.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z0-9-]+:.*  ## ' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "  make %-28s %s\n", $$1, $$2}'

setup: $(READY)  ## make .venv with the locked packages and this project

run: $(READY)  ## make a sample input (once), run the main job on it and say where to look
	@test -d input/pins/date=$(DATE) || $(BIN)/interest-graph generate --date $(DATE) --pins $(PINS)
	@$(BIN)/interest-graph run --date $(DATE)

test: $(READY)  ## run tests and doctests, on every core (TESTS: which); test-slow and test-clusters run the others
	@$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow and not cluster" $(TESTS)
	@echo "the tests marked slow weren't run: make test-slow; nor those marked cluster: make test-clusters"

test-slow: $(READY)  ## the tests that take long: kills, interruptions, drills, campaigns
	@$(BIN)/python -m pytest -q -n auto --dist worksteal -m "slow and not cluster" $(TESTS)
	@echo "the tests marked cluster weren't run: make test-clusters"

test-clusters: $(VENV)/.spark  ## the tests on a real Hadoop and a real Spark of several nodes; as root, after make hadoop-jars spark-4
	@$(BIN)/python -m pytest -q -m cluster $(TESTS)

test-minio: $(READY)  ## the tests of object stores over MinIO in place of versitygw; `go install` brings it where it isn't there
	@$(BIN)/python -m tests.servers.s3_programs minio
	@INTEREST_GRAPH_S3_SERVER=minio $(BIN)/python -m pytest -q -n auto --dist worksteal \
	    $(or $(TESTS),tests/storage_tiers/stores tests/storage_tiers/versioned/on_stores tests/workflows/in_stores)

hadoop-jars:  ## Hadoop's jars by Maven (93 MB), for the tests that start HDFS and YARN (INTEREST_GRAPH_HADOOP_JARS: where); they need Java, too
	@mvn -q -B -f tests/servers/hadoop/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
	    -DoutputDirectory=$(HADOOP_JARS).new
	@rm -rf $(HADOOP_JARS) && mv $(HADOOP_JARS).new $(HADOOP_JARS)  # without jars of an older list

check: $(READY)  ## format, lint, types and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

hbase-jars: $(HBASE_JARS)/.ready  ## the jars of the HBase that tests start: 117 MB by Maven, once (INTEREST_GRAPH_HBASE_JARS: where)

spark: $(VENV)/.spark  ## add PySpark to .venv: its tests and the runner spark need it, and Java

spark-4: $(SPARK_4)/.ready  ## PySpark 4 in .venv-spark-4, with this project: the tests of clusters start it, too

audit: $(AUDIT)  ## known vulnerabilities of the locked packages (AUDIT_SERVICE: pypi, osv)
	@for lock in requirements*.lock; do \
	    said=$$($(AUDIT) --strict --progress-spinner off --disable-pip --no-deps -s $(AUDIT_SERVICE) -r $$lock 2>&1); \
	    code=$$?; echo "$$said"; \
	    case "$$code $$said" in \
	        "0 "*"No known vulnerabilities found"*) echo "$$lock: no known vulnerabilities";; \
	        *"Found "*" known vulnerabilit"*) echo "$$lock: vulnerable, see above; raise what has a fix (make lock)"; exit 1;; \
	        *) echo "$$lock: NOT AUDITED, $(AUDIT_SERVICE) did not answer for every package; try again where it is reached"; exit 2;; \
	    esac; \
	done

docs: $(READY)  ## write the tables of docs/ from what the code declares
	@$(BIN)/python -m workflows.reports.documentation

format: $(READY)  ## rewrite the code in the project's format
	@$(BIN)/ruff check --fix-only -q . && $(BIN)/ruff format -q .

lock: $(READY)  ## pin the newest versions that fit pyproject.toml
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 \
	    --no-emit-index-url --no-annotate --upgrade -o requirements.lock
	@for spark in spark spark-4; do \
	    $(BIN)/uv pip compile -q --group $$spark --universal --python-version 3.11 \
	        --no-emit-index-url --no-annotate --upgrade -o requirements-$$spark.lock || exit 1; \
	done
	@$(BIN)/uv pip compile -q --group bench --group bench-tiers --group bench-pagerank --group bench-categories --group bench-signatures \
	    --universal --python-version 3.11 --no-emit-index-url --no-annotate --upgrade -o requirements-bench.lock

bench-import: $(READY) $(BENCH)/.ready  ## importing CSV, JSON Lines and Parquet against other libraries (BEFORE: another checkout's command)
	@$(BIN)/python -m benchmarks import-speed $(ROUNDS) $(if $(BEFORE),--before $(BEFORE))

bench-joins: $(VENV)/.spark $(BENCH)/.ready  ## the joins against their floor and other engines (BENCH_PINS, BENCH_ROUNDS, BENCH_DIR)
	@$(BIN)/python -m benchmarks joins --pins $(BENCH_PINS) $(ROUNDS)

bench-joins-growth: $(READY)  ## time per million pins and memory of the joins at 1, 2, 4, 10 and 30 million pins
	@$(BIN)/python -m benchmarks joins-growth $(ROUNDS)

bench-day: $(READY) $(BENCH)/.ready  ## our day beside the same day by hand: Polars or DuckDB, and igraph (BENCH_PINS: 1000000; BENCH_ROUNDS, BENCH_DIR)
	@$(BIN)/python -m benchmarks whole-day $(ROUNDS) $(if $(filter-out file,$(origin BENCH_PINS)),--pins $(BENCH_PINS))

bench-days: $(READY)  ## what 10, 100 and 1,000 days on one root cost: run, status, open_sql, clean (BEFORE: another checkout's Python)
	@$(BIN)/python -m benchmarks days $(ROUNDS) $(if $(BEFORE),--before $(BEFORE))

profile-day: $(READY)  ## each step of a day beside its floor, and idle cores (BENCH_PINS: 1000000, or INPUT: a raw input; BENCH_DIR)
	@$(BIN)/python -m benchmarks profile-day $(SMALL) $(if $(INPUT),--input $(INPUT)) \
	    $(if $(filter-out file,$(origin BENCH_PINS)),--pins $(BENCH_PINS))

bench-codecs: $(READY)  ## size and time of published parts by how they are compressed (OUTPUT: another output folder)
	@$(BIN)/python -m benchmarks codecs $(SMALL) $(if $(OUTPUT),--output $(OUTPUT))

bench-pagerank: $(READY) $(BENCH)/.ready  ## PageRank against eight other libraries (BENCH_ROUNDS, BENCH_DIR)
	@$(BIN)/python -m benchmarks pagerank $(ROUNDS)

bench-pagerank-small: $(READY) $(BENCH)/.ready  ## PageRank of 1,000 to a million edges, first call too (BENCH_ROUNDS, BENCH_DIR)
	@$(BIN)/python -m benchmarks pagerank-small $(ROUNDS)

bench-pagerank-disk: $(READY)  ## PageRank of a billion edges from disk (needs 30 GB of it)
	@$(BIN)/python -m benchmarks pagerank-disk $(SMALL)

bench-pagerank-engine: $(READY)  ## ranks by steps of the engine, 1 to 40 million boards (BOARDS: sizes; needs 40 GB of disk for the largest)
	@$(BIN)/python -m benchmarks pagerank-engine $(SMALL) $(if $(BOARDS),--boards $(BOARDS))

bench-categories: $(READY) $(BENCH)/.ready  ## category correction against six other ways (BENCH_ROUNDS, BENCH_DIR; BENCH_ALL=1: slow ones)
	@$(BIN)/python -m benchmarks categories $(ROUNDS) $(if $(BENCH_ALL),--all)

bench-categories-calibration: $(READY)  ## whether changed categories are as often right as their confidence says
	@$(BIN)/python -m benchmarks categories-calibration $(SMALL)

bench-categories-harm: $(READY)  ## whether category correction ever does harm (COLLECTIONS, SETS, BEFORE: see docs/categories.md)
	@$(BIN)/python -m benchmarks categories-harm $(SMALL) $(if $(COLLECTIONS),--collections $(COLLECTIONS)) \
	    $(if $(SETS),--sets $(SETS)) $(if $(BEFORE),--before $(BEFORE))

bench-categories-large: $(READY)  ## one pass of category correction over 10 million pins
	@$(BIN)/python -m benchmarks categories-large $(SMALL)

bench-signatures: $(READY) $(BENCH)/.ready  ## image signatures: speed, and grouping 10 million of them (BENCH_ROUNDS, BENCH_DIR)
	@$(BIN)/python -m benchmarks signature-speed $(ROUNDS)
	@$(BIN)/python -m benchmarks signature-grouping $(ROUNDS)

bench-signature-quality: $(READY) $(BENCH)/.ready  ## which edited photos are found again, and what is mistaken (PHOTOS: a folder of others)
	@$(BIN)/python -m benchmarks signature-quality $(SMALL) $(if $(PHOTOS),--folder $(PHOTOS))

bench-signature-days: $(READY)  ## two days of pins that bring picture files alone, in 43 variants each (BENCH_DIR)
	@$(BIN)/python -m benchmarks signature-days $(SMALL)

bench-signature-known: $(READY)  ## a day whose pictures are all known from the day before, beside reading their keys (BENCH_ROUNDS, BENCH_DIR)
	@$(BIN)/python -m benchmarks signature-known $(ROUNDS)

bench-tiers: $(READY) $(BENCH)/.ready  ## the tiers against other stores: by key, fields of rows, one key of the files, SQL (BENCH_ROUNDS, BENCH_DIR)
	@$(BIN)/python -m benchmarks tiers-keys $(ROUNDS)
	@$(BIN)/python -m benchmarks tiers-fields $(ROUNDS)
	@$(BIN)/python -m benchmarks tiers-lookups $(ROUNDS)
	@$(BIN)/python -m benchmarks tiers-sql $(ROUNDS)

bench-explorer: $(READY)  ## how long each kind of page of the explorer takes, over a million boards (OUTPUT: another output folder)
	@$(BIN)/python -m benchmarks explorer $(SMALL) $(if $(OUTPUT),--output $(OUTPUT))

bench-serving: $(READY)  ## a page of 5 processors and 12 reads over a million rows: HTTP, msgpack, Thrift, LMDB, Redis, by hand (BENCH_ROUNDS)
	@$(BIN)/python -m benchmarks serving $(ROUNDS)

drill-backfill: $(READY)  ## 30 days backfilled, interrupted by kill -9 and SIGTERM, against an uninterrupted one
	@$(BIN)/python -m benchmarks drill-backfill $(SMALL)

drill-week: $(READY)  ## a week of daily schedules under luigid with two workers: killed, twice at once, late input
	@$(BIN)/python -m benchmarks drill-week $(SMALL)

drill-switches: $(READY)  ## 100 switches and 10 rollbacks under reads of two processes, LMDB and Redis (TIER, ADDRESS, SEED)
	@$(BIN)/python -m benchmarks drill-switches $(SMALL) $(DRILL)

drill-loads: $(READY)  ## 50 loads killed at random moments in every tier (TIER="redis hbase": these; ADDRESS: of a server; SEED)
	@$(BIN)/python -m benchmarks drill-loads $(SMALL) $(DRILL)

drill-serving: $(READY)  ## the service under load: 100 switches, its store stopped, killed and late, its processes killed (SEED)
	@$(BIN)/python -m benchmarks drill-serving $(SMALL) $(if $(SEED),--seed $(SEED))

drill-store: $(READY)  ## a day of a million pins on an S3 server beside a local disk, then killed 20 times (KILLS, SEED)
	@$(BIN)/python -m benchmarks drill-store $(SMALL) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

bench-store-scans: $(READY)  ## SQL over a million rows on an S3 server: an Arrow scan beside a registered file system
	@$(BIN)/python -m benchmarks store-scans $(ROUNDS)

bench-clusters: $(VENV)/.spark  ## a day in process, by mrjob, on a real Hadoop and a real Spark; as root, after make hadoop-jars (BENCH_PINS: 1000000)
	@$(BIN)/python -m benchmarks clusters $(SMALL) $(if $(filter-out file,$(origin BENCH_PINS)),--pins $(BENCH_PINS))

bench-clusters-growth: $(VENV)/.spark  ## memory of a day on Spark with 1, 10 and 40 million pins on as many boards; as root (needs 40 GB of disk)
	@$(BIN)/python -m benchmarks clusters-growth $(SMALL)

bench-shuffle: $(READY)  ## bytes, blocks and time of a shard of a shuffle at 77 to 76,294 partitions (BENCH_ROUNDS)
	@$(BIN)/python -m benchmarks shuffle $(ROUNDS)

fuzz: $(READY)  ## odd input at every door, a million of it (FUZZ_INPUTS, FUZZ_SEED; FUZZ_ONLY: which doors); faults/ has what fails
	@$(BIN)/python -m tests.fuzzing --inputs $(FUZZ_INPUTS) --seed $(FUZZ_SEED) $(if $(FUZZ_ONLY),--only $(FUZZ_ONLY))

fuzz-serving: $(READY)  ## odd requests and plans at every door of the service, a million (FUZZ_INPUTS, FUZZ_SEED)
	@$(BIN)/python -m tests.fuzzing --inputs $(FUZZ_INPUTS) --seed $(FUZZ_SEED) --only serving

faults: $(READY)  ## kill, fill disks, damage files, while a reader polls (FAULT_KILLS, FAULT_SEED; FAULT_ONLY: which)
	@$(BIN)/python -m tests.faults --kills $(FAULT_KILLS) --seed $(FAULT_SEED) $(if $(FAULT_ONLY),--only $(FAULT_ONLY))

clean:  ## remove the sample input and output, keep the venv
	rm -rf input output

.venv-audit/bin/pip-audit:
	@$(PYTHON) -m venv .venv-audit
	@.venv-audit/bin/python -m pip install -q --disable-pip-version-check pip-audit==2.10.1

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	    f"Python {v[0]}.{v[1]} found; interest-graph needs 3.11 to 3.13: make PYTHON=python3.13 ...")'
	@echo "setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@# where Python may write no bytecode, as in many containers, each process would compile us anew: 0.4 s of 1.3
	@$(BIN)/python -m compileall -q -j 0 features joins pagerank serving storage_tiers workflows
	@touch $(READY)

$(HBASE_JARS)/.ready: tests/servers/hbase_jars/pom.xml
	@mvn -q -B -ntp -f $< dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(HBASE_JARS)
	@touch $@

$(VENV)/.spark: requirements-spark.lock $(READY)
	@echo "adding PySpark to $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-spark.lock
	@touch $@

$(SPARK_4)/.ready: requirements-spark-4.lock requirements.lock pyproject.toml
	@echo "setting up $(SPARK_4) (once, a few minutes) ..."
	@$(PYTHON) -m venv $(SPARK_4)
	@$(SPARK_4)/bin/python -m pip install -q --disable-pip-version-check -r requirements.lock -r requirements-spark-4.lock
	@$(SPARK_4)/bin/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(BENCH)/.ready: requirements-bench.lock
	@echo "setting up $(BENCH) (once, a few minutes) ..."
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install -q --disable-pip-version-check --no-deps -r requirements-bench.lock
	@touch $@

.PHONY: help setup run test test-slow test-clusters test-minio hadoop-jars check hbase-jars spark spark-4 audit docs format lock \
    bench-import bench-joins bench-joins-growth bench-day bench-days profile-day bench-codecs bench-pagerank bench-pagerank-small \
    bench-pagerank-disk bench-pagerank-engine bench-categories bench-categories-calibration bench-categories-harm \
    bench-categories-large bench-signatures bench-signature-quality bench-signature-days bench-signature-known bench-tiers \
    bench-explorer bench-serving drill-backfill drill-week drill-switches drill-loads drill-serving drill-store bench-store-scans bench-clusters bench-clusters-growth bench-shuffle fuzz fuzz-serving faults \
    clean
