-- What the modules of ll and the kinds of objects are, in a sentence or two: their members have entries beside their code. The
-- losses, metrics and other rows of the engine's tables are listed below their module.

--- ll
-- The whole of losslab: matrices and what is computed with them, and the modules.
-- Example:
--   local x = ll.matrix { { 1, 2 }, { 3, 4 } }
--   x:sum():item()   --> 10

--- ll.loss
-- The losses. One is made with its parameters, then called with what it compares; it gives a 1×1 matrix to take the gradient of.
-- See: ll.help, study.compare
-- Example:
--   local loss = ll.loss.hinge { margin = 1 }
--   loss(ll.matrix { { 0.5 }, { -2 } }, ll.matrix { { 1 }, { 0 } }):item()   --> 0.25

--- ll.nn
-- Networks: mlp is the fast one; layers and sequential compose any other.

--- ll.optim
-- Optimizers, made of the parameters of a network; opt:step() moves them.

--- ll.data
-- Data sets by name or path, from tables and matrices, and generators.

--- ll.schedule
-- Schedules of the learning rate: functions of the step that give a factor.

--- ll.store
-- Result databases, opened as files of SQLite.

--- ll.system
-- The machine and the process: clock, cores, libraries, terminal, writing files.

--- ll.process
-- Child processes and interrupts.

--- ll.json
-- JSON, read and written.

--- ll.export
-- Trials of a result database as CSV, JSON or NumPy arrays.

--- ll.plot
-- Figures of a study's results.

--- ll.report
-- The answer of a study: its table and sentences.

--- ll.core
-- The C half of losslab as it is, on which the modules of ll stand; for losslab's own Lua, not described further.

--- network
-- A multilayer perceptron (ll.nn.mlp): called with rows, it gives its outputs.
-- See: ll.nn.mlp, layer

--- layer
-- A network composed in Lua: a layer, ll.nn.sequential or ll.nn.residual; called with rows, it gives its outputs.
-- See: ll.nn, network

--- loss
-- A loss with its parameters, and what it has learnt and remembers; ll.loss lists all of them.
-- See: ll.loss

--- optimizer
-- An optimizer of ll.optim: moves the parameters that it was made of, against their gradients.
-- See: ll.optim

--- data
-- A data set: rows of features and their labels, perhaps with groups and domains.
-- See: ll.data.load, ll.data.matrix

--- pairs
-- Interactions of users and items.
-- See: ll.data.pairs

--- batches
-- The batches of an epoch, called by `for`.
-- See: data:batches

--- store
-- A result database that is open.
-- See: ll.store.open

--- rows
-- The rows that a query of a result database gives, called by `for`.
-- See: store:rows

--- scores
-- A writer of scores into a result database.

--- lock
-- A hold on a database's file.

--- worker
-- A child process, and the pipe to it.

--- writer
-- A file that is being written, and has its name only when it is whole.

--- table
-- The rows of a CSV file as text, inside the readers.

--- folder
-- The names in a folder, inside the readers.

--- schedule
-- A schedule of the learning rate: called with the step, it gives the factor.
-- See: ll.schedule

--- study
-- What is to be compared: data, losses and their parameters, model, training. ll.study { … } makes one; losslab run runs it.
-- See: ll.study, losslab run

--- results
-- The trials of a study in its database, to be summed up and compared.

--- trial
-- A trial as a study's own functions see it: `loop` and hooks get one.

--- losslab
-- The program: its commands, each with --help. Without one it is a prompt, with a file it runs a script.
-- See: ll, study

return true
