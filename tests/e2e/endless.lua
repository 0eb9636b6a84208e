-- Makes the databases of endless.t in a folder: good.db, small; large.db, of many trials and epochs.
local folder = ...
local make = require "tests.lua.fixture_db"
make(folder .. "/good.db", { datasets = { "a" }, losses = { hinge = {}, savage = {} }, folds = 2, seeds = 1,
  epochs = 2, rows = 40 })
make(folder .. "/large.db", { datasets = { "a", "b" }, folds = 10, seeds = 3, epochs = 60, rows = 40 })
