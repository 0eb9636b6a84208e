-- What the modules of ll and the kinds of objects are, in a sentence or two: their members have entries beside their code. The
-- losses, metrics and other rows of the engine's tables are listed below their module.

--- ll
-- The whole of losslab: matrices and what is computed with them, and the modules.
-- Example:
--   local x = ll.matrix { { 1, 2 }, { 3, 4 } }
--   x:sum():item()   --> 10

--- ll.distance
-- Distances of rows: of a to b row by row, or, with pairwise = true, each to each.

--- ll.divergence
-- Divergences of probabilities and optimal transport between samples.

--- ll.metric
-- Metrics of scores and labels, and what is made of rankings, neighbours and intervals.

--- ll.stats
-- Statistics of numbers: means, intervals, tests, distributions.

--- ll.tuple
-- Pairs, triplets and quadruplets of rows by their labels.

--- ll.transport
-- Costs for optimal transport.

--- ll.cml
-- What collaborative metric learning needs beside its losses: negatives, and the unit ball.

--- ll.export
-- Trials of a result database as CSV, JSON or NumPy arrays.

--- ll.plot
-- Figures of a study's results.

--- ll.report
-- The answer of a study: its table and sentences.

--- ll.core
-- The C half of losslab as it is, on which the modules of ll stand; for losslab's own Lua, not described further.

--- matrix
-- A matrix of numbers, row-major, with the graph of what it was computed from. Operators: + - * / ^ by element, % is the product.
-- See: ll.matrix, ll.zeros, ll.grad
-- Example:
--   local m = ll.matrix { { 1, 2 }, { 3, 4 } }
--   (m % m):table()   --> { { 7, 10 }, { 15, 22 } }

--- random
-- A stream of random numbers, the same for the same seed, trial and purpose.
-- See: ll.random

--- rows
-- The rows that a query of a result database gives, called by `for`.
-- See: store:rows

--- scores
-- A writer of scores into a result database.

--- table
-- The rows of a CSV file as text, inside the readers.

--- folder
-- The names in a folder, inside the readers.

--- study
-- What is to be compared: data, losses and their parameters, model, training. ll.study { … } makes one; losslab run runs it.
-- See: ll.study, losslab run

--- results
-- The trials of a study in its database, to be summed up and compared.

--- trial
-- A trial as a study's own functions see it: `loop` and hooks get one.

return true
