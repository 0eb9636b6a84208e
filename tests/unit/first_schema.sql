-- The result database of a losslab study. One file holds one study and everything it did: what is not in here did not happen.
--
-- Look at it with the plain sqlite3 shell:
--   .schema                      this text, table by table
--   SELECT * FROM leaderboard;   the answer: per data set and loss, the configuration chosen on validation, and its test metric
--   SELECT * FROM progress;      how far the study is
--
-- The same script gives the same rows whatever the number of workers and however often it was interrupted; the columns
-- listed by the view may_differ (times, hosts, workers) are the only exceptions. Blobs of numbers are little-endian.

PRAGMA application_id = 0x6c6f7373; -- "loss"
PRAGMA user_version = 1;

CREATE TABLE study (
-- One row: what was asked, and with what it was answered. Start with SELECT * FROM leaderboard, summary, best, curve, progress.
  id            INTEGER PRIMARY KEY CHECK (id = 1),
  name          TEXT NOT NULL,
  question      TEXT NOT NULL,
  script        TEXT NOT NULL,      -- the study file, whole
  script_sha256 TEXT NOT NULL CHECK (length(script_sha256) = 64),
  plan          TEXT NOT NULL CHECK (json_valid(plan)), -- the study's options as canonical JSON: split, seeds, scores kept, …
  plan_sha256   TEXT NOT NULL CHECK (length(plan_sha256) = 64), -- of plan, data sets, configurations, trials and precision
  metric        TEXT NOT NULL,      -- the metric that configurations and epochs are chosen by (on validation, never on test)
  goal          TEXT NOT NULL CHECK (goal IN ('max', 'min')), -- is more of it better, or less
  version       TEXT NOT NULL,      -- of losslab
  precision     TEXT NOT NULL CHECK (precision IN ('float', 'double')),
  machine       TEXT,               -- system and architecture, as uname says
  cpu           TEXT,
  isa           TEXT,               -- instruction set of the kernels: base, v3, v4
  blas          TEXT,
  created       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;

CREATE TABLE dataset (
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL UNIQUE,
  sha256    TEXT NOT NULL,          -- of its content as read: features and labels
  rows      INTEGER NOT NULL CHECK (rows >= 0),
  features  INTEGER NOT NULL CHECK (features >= 0),
  classes   INTEGER,                -- 2 for targets and decoys
  positives INTEGER,                -- NULL where there are more than two classes
  negatives INTEGER,
  origin    TEXT                    -- where it came from: a source, or the generator's call as JSON
) STRICT;

CREATE TABLE config ( -- a configuration: a loss with its parameters, a model, a way of training
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,  -- sha256 of the canonical JSON [loss, parameters, model, train]
  loss       TEXT NOT NULL,
  parameters TEXT NOT NULL CHECK (json_valid(parameters)), -- canonical JSON: sorted keys, numbers that read back to the same bits
  model      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(model)),
  train      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(train))
) STRICT;

CREATE TABLE trial ( -- one training run; all rows are made before the first one starts, so ids do not depend on who runs what
  id             INTEGER PRIMARY KEY,
  dataset        INTEGER NOT NULL REFERENCES dataset (id),
  config         INTEGER NOT NULL REFERENCES config (id),
  fold           INTEGER NOT NULL,  -- counts from 1
  seed           INTEGER NOT NULL,
  number         INTEGER NOT NULL,  -- keys the trial's random streams; unlike id it stays when databases are merged
  status         TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'done', 'diverged', 'failed')),
  error          TEXT,              -- of a failed one: the message; of a diverged one: what was not finite
  diverged_epoch INTEGER,
  best_epoch     INTEGER,           -- the epoch with the best validation metric
  worker         INTEGER,           -- process id
  worker_start   INTEGER,           -- when that process began (ticks since boot): tells it from a later one of the same id
  host           TEXT,
  started        TEXT,
  finished       TEXT,
  seconds        REAL,
  UNIQUE (dataset, config, fold, seed),
  CHECK ((status = 'failed') <= (error IS NOT NULL)),
  CHECK ((status = 'diverged') = (diverged_epoch IS NOT NULL))
) STRICT;
CREATE INDEX trial_status ON trial (status, id);
CREATE INDEX trial_config ON trial (config);

CREATE TABLE part ( -- which rows of a data set a fold trains on, validates on and tests on: once per data set, fold and seed
  dataset INTEGER NOT NULL REFERENCES dataset (id),
  fold    INTEGER NOT NULL,
  seed    INTEGER NOT NULL,
  split   TEXT NOT NULL CHECK (split IN ('train', 'valid', 'test')),
  count   INTEGER NOT NULL,         -- how many rows
  rows    BLOB,                     -- uint32: row numbers, counting from 1, in the order of labels and scores
  labels  BLOB,                     -- float32: their labels, so that ROC and histograms need nothing but this file
  PRIMARY KEY (dataset, fold, seed, split),
  CHECK (length(rows) = 4 * count),
  CHECK (length(labels) = 4 * count)
) STRICT;

CREATE TABLE epoch ( -- epoch 0, where there is one, is the state before training
  trial           INTEGER NOT NULL REFERENCES trial (id),
  epoch           INTEGER NOT NULL CHECK (epoch >= 0),
  train_loss      REAL,             -- mean over the epoch's batches
  margin          REAL,             -- ξ of a loss that has one, after the epoch
  margin_gradient REAL,             -- mean of ∂L/∂ξ over the epoch's batches
  learning_rate   REAL,
  seconds         REAL,
  PRIMARY KEY (trial, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric (
  trial INTEGER NOT NULL,
  name  TEXT NOT NULL,              -- auc, loss, …
  split TEXT NOT NULL CHECK (split IN ('train', 'valid', 'test')),
  epoch INTEGER NOT NULL,
  value REAL,                       -- NULL: not a number
  PRIMARY KEY (trial, name, split, epoch),
  FOREIGN KEY (trial, epoch) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE scores ( -- what the network said of the rows of part (dataset, fold, seed, split), in their order
  trial   INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,
  split   TEXT NOT NULL CHECK (split IN ('train', 'valid', 'test')),
  columns INTEGER NOT NULL DEFAULT 1 CHECK (columns >= 1),
  scores  BLOB NOT NULL,            -- float32, row by row; a rowid table, since long blobs would spread the tree of a clustered one
  PRIMARY KEY (trial, epoch, split),
  CHECK (length(scores) % (4 * columns) = 0),
  FOREIGN KEY (trial, epoch) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE network ( -- weights, for replay and for use; only where the study keeps them
  trial   INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,
  weights BLOB NOT NULL,            -- in the format of net:save
  PRIMARY KEY (trial, epoch),
  FOREIGN KEY (trial, epoch) REFERENCES epoch (trial, epoch) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE VIEW may_differ (table_name, column_name) AS
-- The columns that two runs of the same study may differ in. Whatever compares databases leaves these out, and nothing else.
  VALUES
  ('study', 'created'), ('study', 'machine'), ('study', 'cpu'), ('study', 'isa'), ('study', 'blas'),
  ('trial', 'worker'), ('trial', 'worker_start'), ('trial', 'host'), ('trial', 'started'), ('trial', 'finished'), ('trial', 'seconds'),
  ('epoch', 'seconds');

CREATE VIEW progress AS -- how far the study is
  SELECT status, count(*) AS trials, sum(seconds) AS seconds FROM trial GROUP BY status;

CREATE VIEW best AS
-- Each finished trial at its best epoch, by the study's metric.
  SELECT t.id AS trial, d.name AS dataset, c.loss, c.id AS config, c.parameters, t.fold, t.seed, t.best_epoch AS epoch,
         s.metric, v.value AS valid, x.value AS test
  FROM study AS s
  CROSS JOIN trial AS t
  JOIN dataset AS d ON d.id = t.dataset
  JOIN config AS c ON c.id = t.config
  LEFT JOIN metric AS v ON v.trial = t.id AND v.name = s.metric AND v.split = 'valid' AND v.epoch = t.best_epoch
  LEFT JOIN metric AS x ON x.trial = t.id AND x.name = s.metric AND x.split = 'test' AND x.epoch = t.best_epoch
  WHERE t.status = 'done';

CREATE VIEW curve AS
-- A metric against the epoch: mean, standard deviation (n - 1) and range over the folds and seeds of the finished trials. In one
-- pass, so that asking for one curve reads that curve alone; the rounding this costs shows only where sd is below 1e-7 of the mean.
  SELECT d.name AS dataset, c.loss, c.id AS config, c.parameters, m.name AS metric, m.split, m.epoch, count(m.value) AS n,
         avg(m.value) AS mean,
         CASE WHEN count(m.value) < 2 THEN NULL WHEN min(m.value) = max(m.value) THEN 0.0
              ELSE sqrt(max(0.0, sum(m.value * m.value) - count(m.value) * avg(m.value) * avg(m.value)) / (count(m.value) - 1)) END AS sd,
         min(m.value) AS low, max(m.value) AS high
  FROM trial AS t
  JOIN dataset AS d ON d.id = t.dataset
  JOIN config AS c ON c.id = t.config
  JOIN metric AS m ON m.trial = t.id
  WHERE t.status = 'done'
  GROUP BY d.name, c.id, m.name, m.split, m.epoch;

CREATE VIEW summary AS
-- Each configuration on each data set: the study's metric at the best epoch, over folds and seeds. sd is the sample standard
-- deviation (n - 1). lost: trials that diverged or failed. open: trials still to be done.
  SELECT dataset, loss, config, parameters, metric, count(done) AS n, sum(lost) AS lost, sum(open) AS open,
         valid_mean, sqrt(sum((valid - valid_mean) * (valid - valid_mean)) / (count(valid) - 1)) AS valid_sd,
         test_mean, sqrt(sum((test - test_mean) * (test - test_mean)) / (count(test) - 1)) AS test_sd,
         avg(best_epoch) AS epoch_mean
  FROM (SELECT d.name AS dataset, c.loss, c.id AS config, c.parameters, s.metric, t.best_epoch,
               CASE WHEN t.status = 'done' THEN 1 END AS done,
               t.status IN ('diverged', 'failed') AS lost, t.status IN ('pending', 'running') AS open, b.valid, b.test,
               avg(b.valid) OVER each AS valid_mean, avg(b.test) OVER each AS test_mean
        FROM study AS s
        CROSS JOIN trial AS t
        JOIN dataset AS d ON d.id = t.dataset
        JOIN config AS c ON c.id = t.config
        LEFT JOIN best AS b ON b.trial = t.id
        WINDOW each AS (PARTITION BY t.dataset, t.config))
  GROUP BY dataset, config;

CREATE VIEW leaderboard AS
-- The answer: per data set and loss the configuration that did best on VALIDATION, and what it then reached on TEST. The test
-- metric takes no part in the choice. A configuration that lost no trial goes before one that did, whatever its mean; of equal
-- means the lower id wins.
  SELECT dataset, loss, config, parameters, metric, n, lost, open, valid_mean, valid_sd, test_mean, test_sd, tried
  FROM (SELECT u.*, s.goal, count(*) OVER (PARTITION BY u.dataset, u.loss) AS tried,
               row_number() OVER (PARTITION BY u.dataset, u.loss
                                  ORDER BY u.lost, CASE s.goal WHEN 'max' THEN -u.valid_mean ELSE u.valid_mean END, u.config) AS place
        FROM summary AS u CROSS JOIN study AS s
        WHERE u.valid_mean IS NOT NULL)
  WHERE place = 1
  ORDER BY dataset, CASE goal WHEN 'max' THEN -valid_mean ELSE valid_mean END, loss;

CREATE VIEW speed AS
-- What a run costs: seconds of the finished trials, by data set and loss, all configurations together.
  SELECT d.name AS dataset, c.loss, count(*) AS n, avg(t.seconds) AS seconds_mean, min(t.seconds) AS seconds_least,
         max(t.seconds) AS seconds_most
  FROM trial AS t
  JOIN dataset AS d ON d.id = t.dataset
  JOIN config AS c ON c.id = t.config
  WHERE t.status = 'done'
  GROUP BY d.name, c.loss;
