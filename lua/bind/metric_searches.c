/* Neighbours in Lua: the nearest rows, and how well their labels predict. */
#include "lua/bind/metric_parts.h"

static const char *const measure_words[] = {"euclidean", "cosine", "dot", NULL};

/** ll.metric.knn(train, train_labels, test, test_labels [, { k = 5, distance = "euclidean" }]) -> number
 * The share of test rows whose class most of their k nearest training rows have.
 * Equal votes: the class of the nearest of them; rows tied at the k-th place count by chance, exactly.
 *   train          n×d, a point a row
 *   train_labels   a column of n whole numbers; equal ones are one class
 *   test           m×d
 *   test_labels    a column of m whole numbers
 *   k              a whole number from 1 to n (5)
 *   distance       "euclidean" or "cosine": the least; "dot": the largest product ("euclidean")
 * Errors: a k that is too large; a row of zeros with "cosine"; an option that is none.
 * See: ll.metric.knn_accuracy, ll.metric.neighbours
 * Example:
 *   local train, test = { { 0 }, { 1 }, { 10 }, { 11 } }, { { 0.4 }, { 9 } }
 *   ll.metric.knn(train, { 1, 1, 2, 2 }, test, { 1, 2 }, { k = 1 })   --> 1
 */
static int metric_knn(lua_State *L) {
  static const char *const names[] = {"k", "distance", NULL};
  lua_settop(L, 5);
  static const bind_source labels[] = {{.index = 2, .who = "knn", .name = "labels of the training rows"},
                                       {.index = 4, .who = "knn", .name = "labels of the test rows"}};
  const ll_matrix *m[4];
  bind_identities(L, labels, 2); /* together, so that a number means the same in both */
  m[0] = bind_matrix(L, 1, "knn", "training rows"), m[1] = bind_matrix(L, 2, "knn", labels[0].name);
  m[2] = bind_matrix(L, 3, "knn", "test rows"), m[3] = bind_matrix(L, 4, "knn", labels[1].name);
  bind_options(L, 5, "knn", names);
  lua_Integer k = bind_opt_integer(L, 5, "knn", "k", 5);
  ll_measure measure = (ll_measure)bind_opt_word(L, 5, "knn", "distance", measure_words, 0);
  double out;
  bind_check(L, ll_metric_knn_of(bind_ctx(L), m[0], m[1], m[2], m[3], k > 0 ? (size_t)k : 0, measure, &out));
  lua_pushnumber(L, out);
  return 1;
}

/** ll.metric.neighbours(queries [, base [, { k = 5, distance = "euclidean" }]]) -> matrix
 * The numbers of the k nearest rows of base to each row of queries, n×k, from 1, the nearest first.
 * At equal distances the lower number comes first.
 *   queries    n×d, a point a row
 *   base       m×d; nil: queries itself, no row being its own neighbour (nil)
 *   k          a whole number from 1 to the rows there are (5)
 *   distance   "euclidean" or "cosine": the least; "dot": the largest product ("euclidean")
 * Errors: a k that is too large; a row of zeros with "cosine"; an option that is none.
 * See: ll.metric.knn, ll.gather, ll.distances
 * Example:
 *   ll.metric.neighbours({ { 0 }, { 1 }, { 5 } }, nil, { k = 2 }):table()   --> { { 2, 3 }, { 1, 3 }, { 2, 1 } }
 */
static int metric_neighbours(lua_State *L) {
  static const char *const names[] = {"k", "distance", NULL};
  lua_settop(L, 3);
  const ll_matrix *queries = bind_matrix(L, 1, "neighbours", "queries"),
                  *base = lua_isnoneornil(L, 2) ? NULL : bind_matrix(L, 2, "neighbours", "base");
  bind_options(L, 3, "neighbours", names);
  lua_Integer k = bind_opt_integer(L, 3, "neighbours", "k", 5);
  ll_measure measure = (ll_measure)bind_opt_word(L, 3, "neighbours", "distance", measure_words, 0);
  size_t most = base ? base->rows : queries->rows;
  if (k < 1 || (size_t)k > most) return luaL_error(L, "neighbours: k = %I of %I rows", (LUAI_UACINT)k, (LUAI_UACINT)most);
  bind_places(L, "neighbours", most);
  uint32_t *nearest = lua_newuserdatauv(L, (queries->rows * (size_t)k + 1) * sizeof *nearest, 0);
  ll_matrix out;
  bind_check(L, ll_metric_neighbours(bind_ctx(L), queries, base, (size_t)k, measure, NULL, nearest));
  bind_check(L, ll_matrix_new(bind_ctx(L), queries->rows, (size_t)k, &out));
  for (size_t i = 0; i < queries->rows * (size_t)k; i++) out.data[i] = (ll_real)(nearest[i] + 1.0);
  bind_push_matrix(L, &out);
  return 1;
}

const bind_function bind_metric_searches[] = {
    {"knn", metric_knn, 5}, {"neighbours", metric_neighbours, 3}, {"recommend", bind_metric_recommend, 3}, {NULL, NULL, 0}};
