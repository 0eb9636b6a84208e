-- What the modules of ll and the kinds of objects are, in a sentence or two: their members have entries beside their code. The
-- losses, metrics and other rows of the engine's tables are listed below their module.

--- ll
-- The whole of losslab: matrices and what is computed with them, and the modules.
-- Example:
--   local x = ll.matrix { { 1, 2 }, { 3, 4 } }
--   x:sum():item()   --> 10

--- ll.core
-- The C half of losslab as it is, on which the modules of ll stand; for losslab's own Lua, not described further.

--- rows
-- The rows that a query of a result database gives, called by `for`.
-- See: store:rows

--- scores
-- A writer of scores into a result database.

--- table
-- The rows of a CSV file as text, inside the readers.

--- folder
-- The names in a folder, inside the readers.

--- history
-- What ll.fit saw: a row of each epoch, its columns by name, and which epoch was best.
-- See: ll.fit

--- losslab
-- The program: its commands, each with --help. Without one it is a prompt, with a file it runs a script.
-- See: ll, study

return true
