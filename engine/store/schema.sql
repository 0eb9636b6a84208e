-- The result database of losslab. One file holds studies and all that they did; nothing of it is kept elsewhere.
--
-- Look at it with the plain sqlite3 shell (docs/database.md; the extension losslab_sqlite adds functions that read blobs):
--   .schema                      this text, table by table
--   SELECT * FROM leaderboard;   the answer: per study, data set and loss the configuration chosen on validation, and its test metric
--   SELECT * FROM progress;      how far each study is
--
-- A trial is known by its key, a hash of all that decides its numbers. A study is a view: it names the trials that it wants (table
-- wanted); the database keeps every trial that was run. The same scripts, run in the same order, give the same rows for any number
-- of workers and runners and however often they were interrupted; the columns listed by the view may_differ (times, hosts, workers)
-- are the only exceptions. That holds for every computer where trial.bits says portable, else for one kind of them; a trial names
-- what computed it (table computer). Blobs of numbers are little-endian.

PRAGMA application_id = 0x6c6f7373; -- "loss"
PRAGMA user_version = 8;

CREATE TABLE study (
-- A row a study: what was asked, as its script says it now. Start with SELECT * FROM leaderboard, summary, best, curve, progress.
  id            INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE,
  question      TEXT NOT NULL,
  file          TEXT NOT NULL DEFAULT '', -- the script's name, without its folder; '' for one made at a prompt
  script        TEXT NOT NULL,      -- the study file, whole
  script_sha256 TEXT NOT NULL CHECK (length(script_sha256) = 64),
  plan          TEXT NOT NULL CHECK (json_valid(plan)), -- the study's options as canonical JSON: split, seeds, scores kept, …
  plan_sha256   TEXT NOT NULL CHECK (length(plan_sha256) = 64), -- of plan and the keys of the trials it wants, in their order
  metric        TEXT NOT NULL,      -- the metric that configurations and epochs are chosen by (on validation, never on test)
  goal          TEXT NOT NULL CHECK (goal IN ('max', 'min')), -- is more of it better, or less
  version       TEXT NOT NULL,      -- of losslab, that ran it last
  precision     TEXT NOT NULL CHECK (precision IN ('float', 'double')),
  machine       TEXT,               -- system and architecture, as uname says
  cpu           TEXT,
  isa           TEXT,               -- instruction set of the kernels: base, v3, v4
  blas          TEXT,
  created       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  ran           TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) -- when it was run last: views of losslab show that study
) STRICT;

CREATE TABLE script ( -- every version of a study's script that was run, the last one too, in the order of running
  id      INTEGER PRIMARY KEY,
  study   INTEGER NOT NULL REFERENCES study (id),
  sha256  TEXT NOT NULL CHECK (length(sha256) = 64),
  text    TEXT NOT NULL,
  plan    TEXT NOT NULL CHECK (json_valid(plan)),
  trials  INTEGER NOT NULL,         -- how many it asked for
  added   INTEGER NOT NULL,         -- of them, how many were not in the database
  version TEXT NOT NULL,            -- of losslab
  made    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;

CREATE TABLE dataset (
  id        INTEGER PRIMARY KEY,
  key       TEXT NOT NULL UNIQUE,   -- sha256 of the canonical JSON [name, sha256, ratio, reading]
  name      TEXT NOT NULL,
  sha256    TEXT NOT NULL,          -- of its content as read: features and labels
  rows      INTEGER NOT NULL CHECK (rows >= 0),
  features  INTEGER NOT NULL CHECK (features >= 0),
  classes   INTEGER,                -- 2 for targets and decoys
  positives INTEGER,                -- NULL where there are more than two classes
  negatives INTEGER,
  origin    TEXT,                   -- where it came from: a source or the generator's call as JSON
  notes     TEXT NOT NULL DEFAULT '' -- what reading it had to say, a line each
) STRICT;

CREATE TABLE content ( -- the data themselves, so that trials can be run again from this file alone; large sets are left out
  dataset INTEGER PRIMARY KEY REFERENCES dataset (id),
  packed  BLOB NOT NULL             -- as losslab packs a data set (include/losslab/data.h)
) STRICT;

CREATE TABLE config ( -- a configuration: a loss with its parameters, a model, a way of training
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,  -- sha256 of the canonical JSON [loss, parameters, model, train] (and formula, where that is not 1)
  loss       TEXT NOT NULL,
  formula    INTEGER NOT NULL DEFAULT 1, -- version of the loss's formula: raised when losslab changes what a loss computes
  parameters TEXT NOT NULL CHECK (json_valid(parameters)), -- canonical JSON: sorted keys, numbers that read back to the same bits
  model      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(model)),
  train      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(train))
) STRICT;

CREATE TABLE computer ( -- what computed trials: a row for each build and machine. '' is unknown.
  id        INTEGER PRIMARY KEY,
  version   TEXT NOT NULL,          -- of losslab
  revision  TEXT NOT NULL,          -- the commit it was built from
  precision TEXT NOT NULL,
  isa       TEXT NOT NULL,          -- instruction set of the kernels
  blas      TEXT NOT NULL,          -- which BLAS, as it names itself
  core      TEXT NOT NULL,          -- the kernels that it chose
  cpu       TEXT NOT NULL,
  libc      TEXT NOT NULL,          -- which C library, and which variant of its functions
  machine   TEXT NOT NULL,          -- system and architecture
  flags     TEXT NOT NULL DEFAULT '', -- of the compiler, and which it was
  features  TEXT NOT NULL DEFAULT '', -- of the processor, as far as kernels and libraries choose by them
  lua       TEXT NOT NULL DEFAULT '',
  sqlite    TEXT NOT NULL DEFAULT '',
  arithmetic INTEGER NOT NULL DEFAULT 0, -- version of losslab's own arithmetic: what has another may give other digits. 0: of before it had one
  UNIQUE (version, revision, precision, isa, blas, core, cpu, libc, machine, flags, features, lua, sqlite, arithmetic)
) STRICT;

CREATE TABLE cut ( -- a data set cut into training, validation and test part: for each fold and seed
  id      INTEGER PRIMARY KEY,
  key     TEXT NOT NULL UNIQUE,     -- sha256 of the canonical JSON [dataset's key, standardise, hashes of the parts' rows]
  dataset INTEGER NOT NULL REFERENCES dataset (id),
  fold    INTEGER NOT NULL,         -- counts from 1
  seed    INTEGER NOT NULL,
  split   TEXT NOT NULL CHECK (json_valid(split)) -- how it was cut, as canonical JSON: the study's split, its seed, ratio
) STRICT;

CREATE TABLE part ( -- which rows of a data set a cut trains on, validates on and tests on
  cut     INTEGER NOT NULL REFERENCES cut (id),
  split   TEXT NOT NULL CHECK (split = 'train' OR split = 'valid' OR split = 'test'),
  count   INTEGER NOT NULL,         -- how many rows
  rows    BLOB,                     -- uint32: row numbers, counting from 1, in the order of labels and scores
  labels  BLOB,                     -- float32: their labels, so that ROC and histograms need nothing but this file
  PRIMARY KEY (cut, split),
  CHECK (length(rows) = 4 * count),
  CHECK (length(labels) = 4 * count)
) STRICT;

CREATE TABLE trial ( -- one training run; its row is made before it starts, so ids do not depend on who runs what
  id             INTEGER PRIMARY KEY,
  key            TEXT NOT NULL UNIQUE, -- sha256 of all that decides its numbers (lua/losslab/study/keys.lua says of what)
  dataset        INTEGER NOT NULL REFERENCES dataset (id),
  config         INTEGER NOT NULL REFERENCES config (id),
  cut            INTEGER NOT NULL REFERENCES cut (id),
  fold           INTEGER NOT NULL,  -- the cut's
  seed           INTEGER NOT NULL,
  number         INTEGER NOT NULL,  -- keys the trial's random streams; unlike id it stays when databases are merged
  study_seed     INTEGER NOT NULL,  -- the study's own seed, the other half of that
  precision      TEXT NOT NULL CHECK (precision IN ('float', 'double')),
  code           TEXT NOT NULL DEFAULT '', -- sha256 of the Lua functions that compute it; '' if none do
  script         INTEGER REFERENCES script (id), -- the first that asked for it
  records        TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(records)), -- what was recorded of it: metrics, parts, scores, networks
  lacks          TEXT CHECK (lacks IS NULL OR json_valid(lacks)), -- of a finished one: what a study asks of it beside that, till a run adds it
  search         TEXT NOT NULL DEFAULT '', -- sha256 of what the search is that may end it early; '' for one that no search ends
  status         TEXT NOT NULL DEFAULT 'pending', -- pending, running, done, diverged, failed; pruned: ended early by its search
  error          TEXT,              -- of a failed one: the message; of a diverged one: what was not finite
  diverged_epoch INTEGER,
  stopped_epoch  INTEGER,           -- of a done one that stopped before its last epoch since it got no better: the epoch after which
  pruned_epoch   INTEGER,           -- of a pruned one: the epoch after which it was ended; it has the rows up to there
  pause          INTEGER,           -- of one to be done: the epoch after which its search looks at it; NULL: it goes to its end
  paused         INTEGER,           -- of a pending one that waits for that: the epoch after which; it has the rows up to there
  runner         INTEGER,           -- who has it in hand: of a running one, or of one that is being completed (lacks)
  worker         INTEGER,           -- process id
  worker_start   INTEGER,           -- when that process began (ticks since boot): tells it from a later one of the same id
  host           TEXT,
  started        TEXT,
  finished       TEXT,
  seconds        REAL,
  passed_over    REAL,              -- share of its batches in which the loss met nothing to compare, over all epochs; NULL: not counted
  zero_rows      INTEGER,           -- rows without a direction that a loss of cosines met; NULL: not counted
  bits           TEXT,              -- 'portable': every computer with that arithmetic gives its numbers to the bit; else what ties
                                    -- them to computers like its own: 'lapack', 'libm', 'lapack libm'. NULL: not known, or not ended
  computer       INTEGER REFERENCES computer (id), -- NULL until it ends
  CHECK (status = 'pending' OR status = 'running' OR status = 'done' OR status = 'diverged' OR status = 'failed' OR status = 'pruned'),
  CHECK ((status = 'failed') <= (error IS NOT NULL)),
  CHECK ((status = 'diverged') = (diverged_epoch IS NOT NULL)),
  CHECK ((status = 'pruned') = (pruned_epoch IS NOT NULL)),
  CHECK ((stopped_epoch IS NOT NULL) <= (status = 'done')),
  CHECK ((paused IS NOT NULL) <= (status = 'pending'))
) STRICT;
CREATE INDEX trial_status ON trial (status, id);
CREATE INDEX trial_config ON trial (dataset, config);
CREATE INDEX trial_lacks ON trial (id) WHERE lacks IS NOT NULL;
CREATE INDEX trial_passed ON trial (id) WHERE passed_over > 0 OR zero_rows > 0;
CREATE INDEX trial_tied ON trial (id) WHERE bits <> 'portable';
CREATE INDEX trial_runner ON trial (runner) WHERE runner IS NOT NULL;

CREATE TABLE wanted ( -- the trials that a study asks for, in its order. One that no study wants any more is kept all the same.
  study      INTEGER NOT NULL REFERENCES study (id),
  dataset    INTEGER NOT NULL,      -- the trial's, here once more: what a study says is summed up in the order of this table
  config     INTEGER NOT NULL,      -- the trial's
  trial      INTEGER NOT NULL REFERENCES trial (id),
  place      INTEGER NOT NULL,      -- in the study's order, counting from 1
  best_epoch INTEGER,               -- the epoch with the best validation metric, first of equals, by this study's metric
  valid      REAL,                  -- the metric on validation and test at that epoch; NULL until the trial is done
  test       REAL,
  PRIMARY KEY (study, dataset, config, trial)
) STRICT, WITHOUT ROWID;
CREATE INDEX wanted_trial ON wanted (trial);

CREATE TABLE search ( -- a study's search for configurations of a loss on a data set: a row each, of all folds or of one
  study   INTEGER NOT NULL REFERENCES study (id),
  dataset INTEGER NOT NULL REFERENCES dataset (id),
  loss    TEXT NOT NULL,
  fold    INTEGER NOT NULL,         -- 0: one search for all folds; else each fold has its own, and this is the outer one's number
  space   TEXT NOT NULL CHECK (json_valid(space)), -- what is searched in, as canonical JSON
  ended   TEXT,                     -- NULL: there may be a further round; 'budget': it is spent; 'space': it has no further point
  PRIMARY KEY (study, dataset, loss, fold)
) STRICT, WITHOUT ROWID;

CREATE TABLE proposal ( -- the configurations that searches proposed, round by round, each from what the rounds before gave
  study   INTEGER NOT NULL,
  dataset INTEGER NOT NULL,
  loss    TEXT NOT NULL,
  fold    INTEGER NOT NULL,
  round   INTEGER NOT NULL CHECK (round >= 1),
  place   INTEGER NOT NULL CHECK (place >= 1), -- in the round
  config  INTEGER NOT NULL REFERENCES config (id), -- one that was proposed before stands there again, and is not run again
  point   TEXT NOT NULL CHECK (json_valid(point)), -- where in the space it is, as canonical JSON
  made_by TEXT NOT NULL,            -- start: the configuration without a search; else the method: random, sobol, tpe, gp, …
  pause   INTEGER,                  -- the epoch after which its trials were first looked at; NULL: they go to their end
  PRIMARY KEY (study, dataset, loss, fold, round, place),
  FOREIGN KEY (study, dataset, loss, fold) REFERENCES search (study, dataset, loss, fold)
) STRICT, WITHOUT ROWID;
CREATE INDEX proposal_config ON proposal (config);

CREATE TABLE look ( -- who asked to see a study's numbers on test parts: each look is a chance to choose by them
  study       INTEGER NOT NULL REFERENCES study (id),
  plan_sha256 TEXT NOT NULL,        -- the study's, when it was looked at
  what        TEXT NOT NULL,        -- show, plot, report, results, …
  first       TEXT NOT NULL,
  last        TEXT NOT NULL,
  times       INTEGER NOT NULL CHECK (times >= 1),
  PRIMARY KEY (study, plan_sha256, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE runner ( -- who runs trials now: a row for each process losslab run or resume, with a heartbeat
  id         INTEGER PRIMARY KEY,
  token      TEXT NOT NULL UNIQUE,  -- drawn at its start: tells it from any other, ever
  host       TEXT NOT NULL,
  boot       TEXT NOT NULL,         -- the machine's start: process ids are told apart by it
  process    INTEGER NOT NULL,
  start      INTEGER NOT NULL,      -- when the process began, ticks since boot
  beat       INTEGER NOT NULL DEFAULT 0, -- raised every few seconds; who sees it stand still by his own clock takes its trials up
  begun      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;

CREATE TABLE checkpoint ( -- where a long trial stands: it goes on from here, to the same bits. Gone when the trial ends.
  trial    INTEGER PRIMARY KEY REFERENCES trial (id),
  epoch    INTEGER NOT NULL,        -- the last whole one
  computer INTEGER NOT NULL REFERENCES computer (id),
  bits     TEXT NOT NULL DEFAULT '', -- as trial.bits, of the epochs so far; '' is not known
  state    BLOB NOT NULL            -- network, optimizer, loss, streams, and the rows of the epochs so far
) STRICT;

CREATE TABLE epoch ( -- epoch 0, where there is one, is the state before training
  trial         INTEGER NOT NULL REFERENCES trial (id),
  epoch         INTEGER NOT NULL CHECK (epoch >= 0),
  train_loss    REAL,               -- mean over the epoch's batches, without those passed over
  learning_rate REAL,
  seconds       REAL,
  passed_over   REAL,               -- share of the epoch's batches in which the loss met nothing to compare; NULL: not counted
  zero_rows     INTEGER,            -- rows without a direction that a loss of cosines met in the epoch; NULL: not counted
  PRIMARY KEY (trial, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE learnable ( -- what a loss learns beside the network, as its row or its script declares it
  loss   TEXT NOT NULL,
  name   TEXT NOT NULL,             -- margin
  symbol TEXT NOT NULL,             -- ξ
  start  TEXT,                      -- the parameter that it begins as, if one says so
  rate   TEXT,                      -- the parameter that is its learning rate, if there is one
  PRIMARY KEY (loss, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE learnt ( -- the values of it, epoch by epoch
  trial    INTEGER NOT NULL,
  name     TEXT NOT NULL,
  epoch    INTEGER NOT NULL,
  value    REAL NOT NULL,           -- after the epoch
  gradient REAL,                    -- mean over the epoch's batches of the loss's derivative by it
  PRIMARY KEY (trial, name, epoch),
  FOREIGN KEY (trial, epoch) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE metric (
  trial INTEGER NOT NULL,
  name  TEXT NOT NULL,              -- auc, loss, …
  split TEXT NOT NULL CHECK (split = 'train' OR split = 'valid' OR split = 'test'),
  epoch INTEGER NOT NULL,
  value REAL,                       -- NULL: not a number
  PRIMARY KEY (trial, name, split, epoch),
  FOREIGN KEY (trial, epoch) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE score ( -- what the network said of the rows of a part of the trial's cut, in their order, epoch after epoch
  trial   INTEGER NOT NULL,
  split   TEXT NOT NULL CHECK (split = 'train' OR split = 'valid' OR split = 'test'),
  first   INTEGER NOT NULL,         -- the epochs from this one
  last    INTEGER NOT NULL CHECK (last >= first), -- to this one stand in the blob
  columns INTEGER NOT NULL DEFAULT 1 CHECK (columns >= 1),
  coding  INTEGER NOT NULL,         -- 0: float32 as they are, row by row; 1: packed without loss (include/losslab/scores.h)
  scores  BLOB NOT NULL,            -- see below; a rowid table, since long blobs would spread the tree of a clustered one
  PRIMARY KEY (trial, split, first),
  CHECK (coding <> 0 OR length(scores) % (4 * columns) = 0),
  FOREIGN KEY (trial, last) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Blobs of float32 (score.scores with coding 0, part.labels, kept.numbers) and of uint32 (part.rows), without losslab:
--   Python: array.array('f', blob), or numpy.frombuffer(blob, '<f4').reshape(-1, columns); rows: 'I', '<u4'
--   R:      readBin(blob, "numeric", n = length(blob) / 4, size = 4, endian = "little"); rows: "integer"
-- Packed ones: load the extension whose path `losslab query --extension` prints, then SELECT ll_scores(trial, epoch, split), or
-- SELECT * FROM scores(trial, epoch, split).

CREATE TABLE network ( -- weights, for replay and for use; only where the study keeps them
  trial   INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,
  weights BLOB NOT NULL,            -- in the format of net:save
  PRIMARY KEY (trial, epoch),
  FOREIGN KEY (trial, epoch) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE kept ( -- what a study's own trial keeps for its figures, by name: a map of points, contours, a path
  trial   INTEGER NOT NULL REFERENCES trial (id),
  name    TEXT NOT NULL,
  columns INTEGER NOT NULL CHECK (columns >= 1),
  numbers BLOB NOT NULL,            -- float32, row by row
  PRIMARY KEY (trial, name),
  CHECK (length(numbers) % (4 * columns) = 0)
) STRICT;

CREATE VIEW may_differ (table_name, column_name) AS
-- The columns that two runs of the same study may differ in. Whatever compares databases leaves these out, and nothing else.
  VALUES
  ('study', 'file'), ('study', 'created'), ('study', 'ran'), ('study', 'machine'), ('study', 'cpu'), ('study', 'isa'), ('study', 'blas'), ('study', 'version'),
  ('script', 'made'), ('script', 'version'),
  ('trial', 'runner'), ('trial', 'worker'), ('trial', 'worker_start'), ('trial', 'host'), ('trial', 'started'), ('trial', 'finished'),
  ('trial', 'seconds'), ('trial', 'computer'), ('trial', 'bits'), ('checkpoint', 'computer'), ('checkpoint', 'bits'),
  ('computer', 'id'), ('computer', 'version'), ('computer', 'revision'), ('computer', 'precision'), ('computer', 'isa'),
  ('computer', 'blas'), ('computer', 'core'), ('computer', 'cpu'), ('computer', 'libc'), ('computer', 'machine'),
  ('computer', 'flags'), ('computer', 'features'), ('computer', 'lua'), ('computer', 'sqlite'), ('computer', 'arithmetic'),
  ('runner', 'id'), ('runner', 'token'), ('runner', 'host'), ('runner', 'boot'), ('runner', 'process'), ('runner', 'start'),
  ('runner', 'beat'), ('runner', 'begun'),
  ('look', 'study'), ('look', 'plan_sha256'), ('look', 'what'), ('look', 'first'), ('look', 'last'), ('look', 'times'),
  ('epoch', 'seconds');

CREATE VIEW asked AS -- every trial that a study asks for, with the study, and what was chosen of it
  SELECT s.id AS study_id, s.name AS study, s.metric, s.goal, w.place, w.trial, t.dataset AS dataset_id, d.name AS dataset, t.config,
         c.loss, c.parameters, t.fold, t.seed, t.status, w.best_epoch, w.valid, w.test, t.seconds
  FROM study AS s
  CROSS JOIN wanted AS w ON w.study = s.id
  CROSS JOIN trial AS t ON t.id = w.trial
  JOIN dataset AS d ON d.id = t.dataset
  JOIN config AS c ON c.id = t.config;

CREATE VIEW progress AS -- how far each study is
  SELECT study, status, count(*) AS trials, sum(seconds) AS seconds FROM asked GROUP BY study_id, status;

CREATE VIEW best AS
-- Each finished trial at its best epoch, by the study's metric.
  SELECT study, trial, dataset, loss, config, parameters, fold, seed, best_epoch AS epoch, metric, valid, test
  FROM asked
  WHERE status = 'done';

CREATE VIEW curve AS
-- A metric against the epoch: mean, standard deviation (n - 1) and range over the folds and seeds of the finished trials. In one
-- pass, so that asking for one curve reads that curve alone; the rounding this costs shows only where sd is below 1e-7 of the mean.
  SELECT t.study, t.dataset, t.loss, t.config, t.parameters, m.name AS metric, m.split, m.epoch, count(m.value) AS n,
         avg(m.value) AS mean,
         CASE WHEN count(m.value) < 2 THEN NULL WHEN min(m.value) = max(m.value) THEN 0.0
              ELSE sqrt(max(0.0, sum(m.value * m.value) - count(m.value) * avg(m.value) * avg(m.value)) / (count(m.value) - 1)) END AS sd,
         min(m.value) AS low, max(m.value) AS high
  FROM asked AS t
  JOIN metric AS m ON m.trial = t.trial
  WHERE t.status = 'done'
  GROUP BY t.study, t.dataset_id, t.config, m.name, m.split, m.epoch;

CREATE VIEW tally AS
-- What summary says, by ids alone: each configuration on each data set of a study, summed up in the order of the table wanted. sd is
-- the sample standard deviation (n - 1), in one pass, and 0 where it is below 1e-7 of the mean, which is that pass's rounding. Only
-- trials without a value are looked up (x); a finished one that still lacks the metric is pending.
  SELECT u.study, u.dataset, u.config, valid_n + coalesce(x.done, 0) AS n, coalesce(x.diverged, 0) AS diverged,
         coalesce(x.failed, 0) AS failed, coalesce(x.running, 0) AS running, coalesce(x.pending, 0) AS pending,
         coalesce(x.pruned, 0) AS pruned, valid_mean,
         CASE WHEN valid_n < 2 THEN NULL WHEN valid_square - valid_mean * valid_mean <= valid_mean * valid_mean * 1e-14 THEN 0.0
              ELSE sqrt((valid_square - valid_mean * valid_mean) * valid_n / (valid_n - 1)) END AS valid_sd,
         test_mean,
         CASE WHEN test_n < 2 THEN NULL WHEN test_square - test_mean * test_mean <= test_mean * test_mean * 1e-14 THEN 0.0
              ELSE sqrt((test_square - test_mean * test_mean) * test_n / (test_n - 1)) END AS test_sd,
         epoch_mean
  FROM (SELECT study, dataset, config, avg(valid) AS valid_mean, count(valid) AS valid_n, avg(valid * valid) AS valid_square,
               avg(test) AS test_mean, count(test) AS test_n, avg(test * test) AS test_square,
               avg(best_epoch) FILTER (WHERE valid IS NOT NULL) AS epoch_mean
        FROM wanted
        GROUP BY study, dataset, config) AS u
  LEFT JOIN (SELECT w.study, w.dataset, w.config, count(*) FILTER (WHERE t.status = 'done' AND t.lacks IS NULL) AS done,
                    count(*) FILTER (WHERE t.status = 'diverged') AS diverged, count(*) FILTER (WHERE t.status = 'failed') AS failed,
                    count(*) FILTER (WHERE t.status = 'running') AS running, count(*) FILTER (WHERE t.status = 'pruned') AS pruned,
                    count(*) FILTER (WHERE t.status = 'pending' OR t.status = 'done' AND t.lacks IS NOT NULL) AS pending
             FROM wanted AS w
             CROSS JOIN trial AS t ON t.id = w.trial
             WHERE w.valid IS NULL
             GROUP BY w.study, w.dataset, w.config) AS x
    ON x.study = u.study AND x.dataset = u.dataset AND x.config = u.config;

CREATE VIEW summary AS
-- Each configuration on each data set: the study's metric at the best epoch, over folds and seeds. lost: trials that diverged or
-- failed. open: trials still to be done. pruned: trials that a search ended early, which are neither.
  SELECT s.name AS study, d.name AS dataset, c.loss, u.config, c.parameters, s.metric, u.n,
         u.diverged + u.failed AS lost, u.running + u.pending AS open, u.pruned, u.valid_mean, u.valid_sd, u.test_mean, u.test_sd, u.epoch_mean
  FROM tally AS u
  JOIN study AS s ON s.id = u.study
  JOIN dataset AS d ON d.id = u.dataset
  JOIN config AS c ON c.id = u.config;

CREATE VIEW nested AS -- how many inner folds each fold of a study has; 1: it has a validation part instead
  SELECT *, CASE WHEN json_valid(plan) AND json_type(plan, '$.split.inner') = 'integer'
                 THEN max(1, json_extract(plan, '$.split.inner')) ELSE 1 END AS inner
  FROM study;

CREATE VIEW reach AS -- by ids, of a configuration on a data set: 1 if nothing of it finished, and how many trials were lost
  SELECT study, dataset, config, count(valid) = 0 AS none,
         total(CASE WHEN valid IS NULL
                    THEN (SELECT t.status IN ('diverged', 'failed') FROM trial AS t WHERE t.id = w.trial) ELSE 0 END) AS lost
  FROM wanted AS w
  GROUP BY study, dataset, config;

CREATE VIEW own_choice AS
-- Each fold's own choice: per study, data set, loss, fold and seed the trial of the configuration that did best on the validation rows
-- of that fold, which are none of its test rows. One of which anything finished goes before another, then one that lost fewer trials
-- on the data set, whatever its value. One that was pruned is never chosen. Of equal values the lower id wins. Only numbers are sorted, and named afterwards. In a study with inner folds the trials of one
-- fold choose together, by their mean: the lower part.
  SELECT o.study AS study_id, s.name AS study, o.dataset AS dataset_id, d.name AS dataset, o.loss, t.fold, t.seed, o.config, o.trial,
         iif(t.status = 'done' AND w.valid IS NULL AND t.lacks IS NOT NULL, 'pending', t.status) AS status, w.best_epoch, w.valid, w.test
  FROM (SELECT w.study, w.dataset, w.config, w.trial, c.loss,
               row_number() OVER (PARTITION BY w.study, w.dataset, c.loss, t.fold, t.seed
                                  ORDER BY t.status = 'pruned', x.none, x.lost, w.valid IS NULL,
                                           CASE s.goal WHEN 'max' THEN -w.valid ELSE w.valid END, w.config) AS place
        FROM nested AS s
        CROSS JOIN wanted AS w ON w.study = s.id
        CROSS JOIN trial AS t ON t.id = w.trial
        CROSS JOIN config AS c ON c.id = w.config
        JOIN reach AS x ON x.study = w.study AND x.dataset = w.dataset AND x.config = w.config
        WHERE s.inner = 1
        UNION ALL
        SELECT study, dataset, config, trial, loss,
               dense_rank() OVER (PARTITION BY study, dataset, loss, fold, seed
                                  ORDER BY pruned, none, lost, valid IS NULL, CASE goal WHEN 'max' THEN -valid ELSE valid END, config) AS place
        FROM (SELECT w.study, w.dataset, w.config, w.trial, c.loss, t.seed, (t.fold - 1) / s.inner AS fold, s.goal,
                     x.none, x.lost, max(t.status = 'pruned') OVER (PARTITION BY w.study, w.dataset, w.config, t.seed,
                                                                    (t.fold - 1) / s.inner) AS pruned,
                     avg(w.valid) OVER (PARTITION BY w.study, w.dataset, w.config, t.seed, (t.fold - 1) / s.inner) AS valid
              FROM nested AS s
              CROSS JOIN wanted AS w ON w.study = s.id
              CROSS JOIN trial AS t ON t.id = w.trial
              CROSS JOIN config AS c ON c.id = w.config
              JOIN reach AS x ON x.study = w.study AND x.dataset = w.dataset AND x.config = w.config
              WHERE s.inner > 1)) AS o
  CROSS JOIN wanted AS w ON w.study = o.study AND w.dataset = o.dataset AND w.config = o.config AND w.trial = o.trial
  CROSS JOIN trial AS t ON t.id = o.trial
  CROSS JOIN study AS s ON s.id = o.study
  CROSS JOIN dataset AS d ON d.id = o.dataset
  WHERE o.place = 1 AND t.status <> 'pruned';

CREATE VIEW leaderboard AS
-- The answer: per study, data set and loss the configuration that did best on VALIDATION, all folds together, which is the one to
-- use; and what is reached on TEST. Validation rows of a fold are test rows of others, so n, lost, open, test_mean and test_sd are of
-- each fold's own choice (own_choice); folds_agree of the folds chose config. pooled_test is config's own mean on test, which is a
-- little too good. The test metric takes no part in any choice. A configuration that lost no trial goes before one that did, whatever
-- its mean, and one of which none was pruned before one of which some were; of equal means the lower id wins. A loss of which nothing finished stands there as well, with how many it lost: n is 0.
  SELECT s.name AS study, d.name AS dataset, p.loss, p.config, c.parameters, s.metric, f.n, f.lost, f.open, p.valid_mean, p.valid_sd,
         f.test_mean,
         CASE WHEN f.tested < 2 THEN NULL WHEN f.square - f.test_mean * f.test_mean <= f.test_mean * f.test_mean * 1e-14 THEN 0.0
              ELSE sqrt((f.square - f.test_mean * f.test_mean) * f.tested / (f.tested - 1)) END AS test_sd,
         f.trials / s.inner AS folds,
         (SELECT count(*) FROM json_each('[' || f.configs || ']') WHERE value = p.config) / s.inner AS folds_agree,
         p.test_mean AS pooled_test, p.tried
  FROM (SELECT u.study, u.dataset, c.loss, u.config, s.goal, u.valid_mean, u.valid_sd, u.test_mean, count(*) OVER each AS tried,
               row_number() OVER (PARTITION BY u.study, u.dataset, c.loss
                                  ORDER BY u.pruned > 0, u.valid_mean IS NULL, u.diverged + u.failed,
                                           CASE s.goal WHEN 'max' THEN -u.valid_mean ELSE u.valid_mean END, u.config) AS place
        FROM tally AS u
        JOIN study AS s ON s.id = u.study
        JOIN config AS c ON c.id = u.config
        WINDOW each AS (PARTITION BY u.study, u.dataset, c.loss)) AS p
  JOIN (SELECT study_id, dataset_id, loss, count(*) FILTER (WHERE status = 'done') AS n,
               count(*) FILTER (WHERE status IN ('diverged', 'failed')) AS lost,
               count(*) FILTER (WHERE status IN ('running', 'pending')) AS open, count(*) AS trials, avg(test) AS test_mean,
               avg(test * test) AS square, count(test) AS tested, group_concat(config) AS configs
        FROM own_choice
        GROUP BY study_id, dataset_id, loss) AS f ON f.study_id = p.study AND f.dataset_id = p.dataset AND f.loss = p.loss
  JOIN nested AS s ON s.id = p.study
  JOIN dataset AS d ON d.id = p.dataset
  JOIN config AS c ON c.id = p.config
  WHERE p.place = 1
  ORDER BY s.name, d.name, p.valid_mean IS NULL, f.lost, CASE s.goal WHEN 'max' THEN -p.valid_mean ELSE p.valid_mean END, p.loss;

CREATE VIEW setting AS -- each configuration, a row a field: the loss's parameters, model.…, train.…
  SELECT c.id AS config, c.loss, replace(substr(f.fullkey, 3), '"', '') AS field, f.atom AS value
  FROM config AS c, json_tree(c.parameters) AS f WHERE f.type NOT IN ('object', 'array')
  UNION ALL
  SELECT c.id, c.loss, 'model' || replace(substr(f.fullkey, 2), '"', ''), f.atom
  FROM config AS c, json_tree(c.model) AS f WHERE f.type NOT IN ('object', 'array')
  UNION ALL
  SELECT c.id, c.loss, 'train' || replace(substr(f.fullkey, 2), '"', ''), f.atom
  FROM config AS c, json_tree(c.train) AS f WHERE f.type NOT IN ('object', 'array');

CREATE VIEW varied AS -- the fields that a study varies within a loss, and their values
  SELECT s.name AS study, x.loss, x.field, count(DISTINCT x.value) AS different, json_group_array(DISTINCT x.value) AS which
  FROM study AS s
  JOIN (SELECT DISTINCT study, config FROM wanted) AS w ON w.study = s.id
  JOIN setting AS x ON x.config = w.config
  GROUP BY s.id, x.loss, x.field
  HAVING count(DISTINCT x.value) > 1;

CREATE VIEW lost AS -- what diverged or failed, and why
  SELECT a.study, a.trial, a.dataset, a.loss, a.config, a.parameters, a.fold, a.seed, a.status, t.diverged_epoch AS epoch, t.error
  FROM asked AS a
  JOIN trial AS t ON t.id = a.trial
  WHERE a.status IN ('diverged', 'failed');

CREATE VIEW speed AS
-- What a run costs: seconds of the finished trials, by data set and loss, all configurations together.
  SELECT study, dataset, loss, count(*) AS n, avg(seconds) AS seconds_mean, min(seconds) AS seconds_least,
         max(seconds) AS seconds_most
  FROM asked
  WHERE status = 'done'
  GROUP BY study, dataset, loss;
