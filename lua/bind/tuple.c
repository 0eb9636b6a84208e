/* Tuples of a batch in Lua: ll.tuple.pairs(labels, stream), triplets, quadruplets, matches. */
#include "lua/bind/bind.h"

static const char *const names[] = {"pairs", "triplets", "quadruplets", "matches"};
_Static_assert(sizeof names / sizeof *names == LL_TUPLE_KINDS, "a name for each kind");

/** ll.tuple.pairs(labels, stream) -> rows, partners, same
 * A pair for each row of a batch: itself, another row, and 1 if both are of one class, else 0.
 * Each of the two with probability 1/2, the partner uniform among the rows of that kind. Three columns.
 *   labels   a column of n whole numbers; equal ones are one class
 *   stream   an ll.random
 * Errors: a label that is no whole number; no stream.
 * See: ll.tuple.triplets, ll.loss.contrastive
 * Example:
 *   local rows, partners, same = ll.tuple.pairs({ 1, 1, 2, 2 }, ll.random(1))
 *   rows:table()       --> { 1, 2, 3, 4 }
 *   partners:table()   --> { 2, 1, 4, 2 }
 *   same:table()       --> { 1, 1, 1, 0 }
 */

/** ll.tuple.triplets(labels, stream) -> anchors, positives, negatives
 * A triplet for each row of a batch: itself, another row of its class, and a row of another class.
 * Three columns of row numbers, for gather; rows that have no such partners begin none.
 *   labels   a column of n whole numbers; equal ones are one class
 *   stream   an ll.random
 * Errors: a label that is no whole number; no stream.
 * See: ll.loss.triplet, ll.gather, ll.tuple.quadruplets
 * Example:
 *   local anchors, positives, negatives = ll.tuple.triplets({ 1, 1, 2, 2 }, ll.random(1))
 *   positives:table()   --> { 2, 1, 4, 3 }
 *   negatives:table()   --> { 4, 4, 1, 2 }
 */

/** ll.tuple.quadruplets(labels, stream) -> anchors, positives, negatives, second_negatives
 * A quadruplet for each row of a batch: a triplet, and a row of a third class.
 * Four columns of row numbers; it takes three classes.
 *   labels   a column of n whole numbers; equal ones are one class
 *   stream   an ll.random
 * Errors: a label that is no whole number; no stream.
 * See: ll.tuple.triplets, ll.loss.quadruplet
 * Example:
 *   local anchors, positives = ll.tuple.quadruplets({ 1, 1, 2, 2, 3 }, ll.random(1))
 *   anchors:table()     --> { 1, 2, 3, 4 }
 *   positives:table()   --> { 2, 1, 4, 3 }
 */

/** ll.tuple.matches(labels, stream) -> rows, partners
 * Two rows of each class that has two, one pair a class, in the order of the classes' first rows.
 * Two columns of row numbers.
 *   labels   a column of n whole numbers; equal ones are one class
 *   stream   an ll.random
 * Errors: a label that is no whole number; no stream.
 * See: ll.tuple.pairs, ll.loss.n_pairs
 * Example:
 *   local rows, partners = ll.tuple.matches({ 1, 1, 2, 2 }, ll.random(1))
 *   rows:table()       --> { 1, 3 }
 *   partners:table()   --> { 2, 4 }
 */

/* A column (m,1) of row numbers, from 1, for each place of the tuple; the third of a pair is its label. */
static int tuples(lua_State *L) {
  ll_tuple_kind kind = (ll_tuple_kind)lua_tointeger(L, lua_upvalueindex(1));
  lua_settop(L, 2);
  const ll_matrix *labels = bind_labels(L, 1, names[kind]);
  ll_random *stream = bind_object(L, 2, "losslab.random");
  bind_places(L, names[kind], labels->rows);
  ll_ctx *ctx = bind_ctx(L);
  uint32_t *rows = NULL;
  size_t count, columns = ll_tuple_columns(kind);
  ll_matrix out[4] = {{0}};
  ll_status status = ll_tuples(ctx, kind, labels, stream, &rows, &count);
  for (size_t c = 0; c < columns && status == LL_OK; c++) {
    uint32_t from_one = kind == LL_TUPLE_PAIR && c == 2 ? 0 : 1;
    status = ll_matrix_new(ctx, count, 1, &out[c]);
    for (size_t i = 0; i < count && status == LL_OK; i++) out[c].data[i] = (ll_real)(rows[i * columns + c] + from_one);
  }
  ll_free(ctx, rows);
  if (status != LL_OK) {
    for (size_t c = 0; c < columns; c++) ll_matrix_release(ctx, &out[c]);
    return bind_raise(L);
  }
  for (size_t c = 0; c < columns; c++) bind_push_matrix(L, &out[c]);
  return (int)columns;
}

/** ll.tuple
 * Pairs, triplets and quadruplets of the rows of a batch, for losses that compare embeddings.
 * Drawn from labels by a stream of random numbers; each column holds numbers of rows, from 1, which gather takes.
 * See: ll.tuple.pairs, ll.tuple.triplets, ll.tuple.quadruplets, ll.tuple.matches, ll.loss.triplet
 * Example:
 *   local z, labels = ll.random(1):normal(4, 2), { 1, 1, 2, 2 }
 *   local a, p, n = ll.tuple.triplets(labels, ll.random(2))
 *   ll.loss.triplet()(ll.gather(z, a), ll.gather(z, p), ll.gather(z, n)):shape()   --> 1 1
 */
int bind_open_tuple(lua_State *L) {
  lua_createtable(L, 0, LL_TUPLE_KINDS);
  for (int k = 0; k < LL_TUPLE_KINDS; k++) {
    lua_pushinteger(L, k);
    lua_pushcclosure(L, tuples, 1);
    lua_setfield(L, -2, names[k]);
  }
  return 1;
}
