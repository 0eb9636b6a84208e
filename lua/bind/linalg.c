/* Orders, places and decompositions: what gives more than one result, or places. Each is a function and a method; gradients pass
 * through values, not through places. Orders and places are along rows, along columns, or along a vector, be it row or column. */
#include <math.h>
#include <string.h>

#include "lua/bind/state.h"

/* ---- along what ------------------------------------------------------------------------------------------------------- */

typedef struct along {
  bool cols, descending;
} along;

static along read_along(lua_State *L, int index, const char *what, const ll_matrix *m) {
  static const char *const options[] = {"by", "descending", NULL}, *const sides[] = {"rows", "cols", NULL};
  bind_options(L, index, what, options);
  bool cols = bind_opt_word(L, index, what, "by", sides, m->cols == 1) == 1;
  return (along){cols, bind_opt_boolean(L, index, what, "descending", false)};
}

/* A new matrix on the stack, rows × cols or the other way round. */
static ll_matrix *push_result(lua_State *L, size_t rows, size_t cols, bool turned) {
  ll_matrix m;
  bind_check(L, ll_matrix_new(bind_ctx(L), turned ? cols : rows, turned ? rows : cols, &m));
  bind_push_matrix(L, &m);
  return &bind_as_node(L, -1)->value;
}

static ll_real *place(ll_matrix *m, size_t i, size_t j, bool turned) {
  return turned ? ll_matrix_row(m, j) + i : ll_matrix_row(m, i) + j;
}

/* m on the stack, transposed if columns are ordered, so that each series is a row. */
static const ll_matrix *push_series(lua_State *L, const ll_matrix *m, bool cols) {
  ll_matrix *out = push_result(L, m->rows, m->cols, cols);
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++) *place(out, i, j, cols) = ll_matrix_row(m, i)[j];
  return out;
}

static ll_node *apply(lua_State *L, const char *op, ll_node *x, const ll_op_args *args) {
  ll_node *out;
  bind_check(L, ll_apply(bind_ctx(L), ll_op_find(op), &x, args, &out));
  bind_push_node(L, out);
  return out;
}

static void check_numbers(lua_State *L, const char *what, const ll_matrix *m) {
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++)
      if (isnan(ll_matrix_row(m, i)[j]))
        luaL_error(L, "%s: element (%d, %d) is NaN, which has no place in an order", what, (int)i + 1, (int)j + 1);
}

/* Pushes the first k of each series in order, as values (by the op pick, so that gradients pass) and as places; either may be left
 * out. */
static int ordered(lua_State *L, const char *what, size_t k, along a, bool values, bool places) {
  ll_node *x = bind_node(L, 1, what, "the matrix");
  check_numbers(L, what, &x->value);
  if (a.cols) x = apply(L, "transpose", x, NULL);
  const ll_matrix *series = &x->value;
  size_t rows = series->rows, n = series->cols;
  if (k > n) luaL_error(L, "%s: %d asked for of %d", what, (int)k, (int)n);
  bind_places(L, what, n);
  uint32_t *order = lua_newuserdatauv(L, (ll_matrix_count(series) + 1) * sizeof *order, 0);
  bind_check(L, ll_matrix_argsort(bind_ctx(L), series, a.descending, order));
  for (size_t i = 1; i < rows; i++) memmove(order + i * k, order + i * n, k * sizeof *order); /* the first k alone */
  if (values && rows == 0) {
    push_result(L, 0, k, a.cols); /* pick learns k from the list's length, which is 0 here */
  } else if (values) {
    ll_node *picked = apply(L, "pick", x, &(ll_op_args){.list = order, .listed = rows * k});
    if (a.cols) apply(L, "transpose", picked, NULL);
  }
  if (places) {
    ll_matrix *out = push_result(L, rows, k, a.cols);
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j < k; j++) *place(out, i, j, a.cols) = (ll_real)(order[i * k + j] + 1.0);
  }
  return values + places;
}

static size_t length_along(const ll_matrix *m, bool cols) { return cols ? m->rows : m->cols; }

/** ll.sort(m [, { by = "rows", descending = false }]) -> values, places
 * The elements of each row (or column) in order, and where each stood.
 * Both have the shape of m. Gradients pass through the values. Equal elements keep their order.
 *   by           "rows" or "cols": each row, or each column, is ordered by itself ("rows"; of a column "cols")
 *   descending   true: the largest first (false)
 * Errors: NaN, which has no place in an order.
 * See: ll.argsort, ll.topk, ll.gather
 * Example:
 *   local values, places = ll.sort { 30, 10, 20 }
 *   values:table()   --> { 10, 20, 30 }
 *   places:table()   --> { 2, 3, 1 }
 */
static int linalg_sort(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "sort", "the matrix");
  along a = read_along(L, 2, "sort", m);
  return ordered(L, "sort", length_along(m, a.cols), a, true, true);
}

/** ll.argsort(m [, { by = "rows", descending = false }]) -> places
 * The places of the elements of each row (or column) in order, from 1.
 * m:gather(m:argsort()) sorts a column, or the rows of another matrix by it.
 *   by           "rows" or "cols" ("rows"; of a column "cols")
 *   descending   true: the place of the largest first (false)
 * Errors: NaN.
 * See: ll.sort, ll.gather, ll.pick
 * Example:
 *   ll.argsort({ 30, 10, 20 }):table()   --> { 2, 3, 1 }
 */
static int linalg_argsort(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "argsort", "the matrix");
  along a = read_along(L, 2, "argsort", m);
  return ordered(L, "argsort", length_along(m, a.cols), a, false, true);
}

/** ll.topk(m, k [, { by = "rows", descending = true }]) -> values, places
 * The k largest elements of each row (or column), in order, and their places.
 * By rows both are n×k, by columns k×m. Gradients pass through the values.
 *   k            a whole number, at most the elements of a row (of a column)
 *   by           "rows" or "cols" ("rows"; of a column "cols")
 *   descending   false: the k smallest, the smallest first (true)
 * Errors: a k that is too large; NaN.
 * See: ll.sort, ll.row_argmax
 * Example:
 *   local values, places = ll.topk({ { 3, 1, 2 }, { 5, 0, 1 } }, 2)
 *   values:table()   --> { { 3, 2 }, { 5, 1 } }
 *   places:table()   --> { { 1, 3 }, { 1, 3 } }
 */
static int linalg_topk(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "topk", "the matrix");
  size_t k = bind_size(L, 2, "topk", "k");
  along a = read_along(L, 3, "topk", m);
  a.descending = bind_opt_boolean(L, 3, "topk", "descending", true);
  return ordered(L, "topk", k, a, true, true);
}

static int extreme(lua_State *L, bool largest) {
  size_t row, col;
  if (!lua_isnoneornil(L, 2)) /* an axis would be ignored silently */
    return luaL_error(L, "arg%s takes a matrix and no more; row_arg%s works by rows, col_arg%s by columns", largest ? "max" : "min",
                      largest ? "max" : "min", largest ? "max" : "min");
  bind_check(L,
             ll_matrix_extreme(bind_ctx(L), bind_matrix(L, 1, largest ? "argmax" : "argmin", "the matrix"), largest, &row, &col));
  lua_pushinteger(L, (lua_Integer)row + 1);
  lua_pushinteger(L, (lua_Integer)col + 1);
  return 2;
}
/** ll.argmax(m) -> row, column
 * The place of the largest element of the matrix, the first of equal ones row by row.
 * A NaN counts as the extreme.
 * Errors: an empty matrix; a number beside it: by rows and by columns are functions of their own.
 * See: ll.row_argmax, ll.col_argmax, ll.max
 * Example:
 *   ll.argmax { { 3, 1 }, { 5, 0 } }   --> 2 1
 */
static int linalg_argmax(lua_State *L) { return extreme(L, true); }

/** ll.argmin(m) -> row, column
 * The place of the smallest element of the matrix, the first of equal ones row by row.
 * A NaN counts as the extreme.
 * Errors: an empty matrix; a number beside it.
 * See: ll.row_argmin, ll.col_argmin, ll.min
 * Example:
 *   ll.argmin { { 3, 1 }, { 5, 0 } }   --> 2 2
 */
static int linalg_argmin(lua_State *L) { return extreme(L, false); }

static int extremes(lua_State *L, const char *what, bool cols, bool largest) {
  const ll_matrix *m = bind_matrix(L, 1, what, "the matrix"), *series = cols ? push_series(L, m, true) : m;
  bind_places(L, what, series->cols);
  uint32_t *places = lua_newuserdatauv(L, (series->rows + 1) * sizeof *places, 0);
  bind_check(L, ll_matrix_row_extremes(bind_ctx(L), series, largest, places));
  ll_matrix *out = push_result(L, series->rows, 1, cols);
  for (size_t i = 0; i < series->rows; i++) *place(out, i, 0, cols) = (ll_real)(places[i] + 1.0);
  return 1;
}

/** ll.row_argmax(m) -> matrix
 * In which column the largest element of each row stands, n×1, from 1.
 * It is the first of equal ones; a NaN counts as the largest. Of scores with a column a class it is the predicted class.
 * Errors: rows without elements.
 * See: ll.argmax, ll.row_max, ll.topk
 * Example:
 *   ll.row_argmax({ { 3, 1 }, { 0, 5 } }):table()   --> { 1, 2 }
 */
static int linalg_row_argmax(lua_State *L) { return extremes(L, "row_argmax", false, true); }

/** ll.row_argmin(m) -> matrix
 * In which column the smallest element of each row stands, n×1, from 1.
 * It is the first of equal ones; a NaN counts as the smallest.
 * Errors: rows without elements.
 * See: ll.argmin, ll.row_min
 * Example:
 *   ll.row_argmin({ { 3, 1 }, { 0, 5 } }):table()   --> { 2, 1 }
 */
static int linalg_row_argmin(lua_State *L) { return extremes(L, "row_argmin", false, false); }

/** ll.col_argmax(m) -> matrix
 * In which row the largest element of each column stands, 1×m, from 1.
 * It is the first of equal ones; a NaN counts as the largest.
 * Errors: columns without elements.
 * See: ll.argmax, ll.col_max
 * Example:
 *   ll.col_argmax({ { 3, 1 }, { 0, 5 } }):table()   --> { { 1, 2 } }
 */
static int linalg_col_argmax(lua_State *L) { return extremes(L, "col_argmax", true, true); }

/** ll.col_argmin(m) -> matrix
 * In which row the smallest element of each column stands, 1×m, from 1.
 * It is the first of equal ones; a NaN counts as the smallest.
 * Errors: columns without elements.
 * See: ll.argmin, ll.col_min
 * Example:
 *   ll.col_argmin({ { 3, 1 }, { 0, 5 } }):table()   --> { { 2, 1 } }
 */
static int linalg_col_argmin(lua_State *L) { return extremes(L, "col_argmin", true, false); }

/** ll.find(mask) -> matrix
 * The places of the elements of a vector that are not 0, as a column, from 1.
 * m:gather(mask:find()) are the rows of m where the mask holds.
 *   mask   a column or a row, say of ll.greater
 * Errors: a matrix with several rows and columns.
 * See: ll.gather, ll.greater, ll.where
 * Example:
 *   ll.find({ 0, 1, 5 }):table()                     --> { 2, 3 }
 *   ll.greater({ 0.2, 0.9, 0.7 }, 0.5):find():table()   --> { 2, 3 }
 */
static int linalg_find(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "find", "the matrix");
  if (m->cols != 1 && m->rows != 1) return luaL_error(L, "find: a column or a row expected, not %dx%d", (int)m->rows, (int)m->cols);
  size_t n = ll_matrix_count(m), step = m->cols == 1 ? m->stride : 1, count = 0;
  bind_places(L, "find", n);
  for (size_t i = 0; i < n; i++) count += m->data[i * step] != 0;
  ll_matrix *out = push_result(L, count, 1, false);
  for (size_t i = 0, k = 0; i < n; i++)
    if (m->data[i * step] != 0) out->data[k++] = (ll_real)(i + 1);
  return 1;
}

/** ll.one_hot(labels [, classes]) -> matrix
 * For each label a row with a one in its column and zeros elsewhere, n×classes.
 *   labels    a column of whole numbers from 1 to classes
 *   classes   a whole number >= 1 (the largest label)
 * Errors: a label that is none of 1..classes.
 * See: ll.row_argmax
 * Example:
 *   ll.one_hot({ 1, 3 }):table()   --> { { 1, 0, 0 }, { 0, 0, 1 } }
 */
static int linalg_one_hot(lua_State *L) {
  const ll_matrix *labels = &bind_input(L, 1, "one_hot", &(ll_input){"labels", "n,1", LL_INPUT_CLASS})->value;
  size_t row, col;
  lua_Integer classes;
  if (lua_isnoneornil(L, 2)) {
    bind_check(L, ll_matrix_extreme(bind_ctx(L), labels, true, &row, &col));
    double most = (double)ll_matrix_row(labels, row)[col];
    classes = most >= 1 && most <= 1e9 ? (lua_Integer)most : 0;
  } else {
    classes = bind_integer_from(L, 2, "one_hot", "classes", 1);
  }
  ll_matrix m;
  bind_check(L, ll_matrix_one_hot(bind_ctx(L), labels, (size_t)classes, &m));
  bind_push_matrix(L, &m);
  return 1;
}

/* ---- decompositions: what they give, op by op ------------------------------------------------------------------------------ */

/** ll.eigen(a) -> values, vectors
 * The eigenvalues, ascending, n×1, and eigenvectors, one a column, of a symmetric matrix.
 * Of any other matrix the symmetric part, (a + a') / 2, is taken. The largest element of a vector is positive. Gradients pass,
 * but through the vectors not where two values are equal.
 *   a   n×n
 * Errors: a matrix that is not square; NaN or infinity.
 * See: ll.eigenvalues, ll.eigenvectors, ll.svd, ll.cholesky
 * Example:
 *   local values, vectors = ll.eigen { { 2, 0 }, { 0, 1 } }
 *   values:table()    --> { 1, 2 }
 *   vectors:table()   --> { { 0, 1 }, { 1, 0 } }
 */
static int linalg_eigen(lua_State *L) {
  ll_node *a = bind_node(L, 1, "eigen", "a");
  apply(L, "eigenvalues", a, NULL);
  apply(L, "eigenvectors", a, NULL);
  return 2;
}

/** ll.svd(a) -> U, S, V
 * The singular value decomposition a = U diag(S) V', without the zeros. k is the lesser of rows and columns.
 * U is n×k, S k×1, descending, V m×k (not transposed). Gradients pass, but through U and V not where two values are equal or
 * one is 0.
 *   a   n×m
 * Errors: NaN or infinity.
 * See: ll.singular_values, ll.left_singular, ll.right_singular, ll.eigen
 * Example:
 *   local a = ll.matrix { { 3, 0 }, { 0, 4 }, { 0, 0 } }
 *   local U, S, V = ll.svd(a)
 *   S:table()                                      --> { 4, 3 }
 *   (U % S:diag() % V:t() - a):norm():item() < 1e-5   --> true
 */
static int linalg_svd(lua_State *L) {
  ll_node *a = bind_node(L, 1, "svd", "a");
  apply(L, "left_singular", a, NULL);
  apply(L, "singular_values", a, NULL);
  apply(L, "right_singular", a, NULL);
  return 3;
}

/** ll.lstsq(a, b) -> x, rank
 * Least squares: the x with the least |a x - b|, of these the shortest, and the rank of a.
 * Gradients pass where a has full rank.
 *   a   m×n
 *   b   m×k, each column a problem of its own; x is n×k
 * Errors: another number of rows; NaN or infinity.
 * See: ll.solve, ll.svd
 * Example:
 *   local x, rank = ll.lstsq({ { 1, 1 }, { 1, 2 }, { 1, 3 } }, { 3, 5, 7 })   -- intercept and slope
 *   x:get(1, 1), x:get(2, 1), rank   --> 1 2 2
 */
static int linalg_lstsq(lua_State *L) {
  ll_node *out, *inputs[] = {bind_node(L, 1, "lstsq", "a"), bind_node(L, 2, "lstsq", "b")};
  bind_check(L, ll_apply(bind_ctx(L), ll_op_find("lstsq"), inputs, NULL, &out));
  bind_push_node(L, out);
  lua_pushinteger(L, (lua_Integer)out->args.i);
  return 2;
}

static const bind_function functions[] = {{"sort", linalg_sort, 2},
                                          {"argsort", linalg_argsort, 2},
                                          {"topk", linalg_topk, 3},
                                          {"argmax", linalg_argmax, 2},
                                          {"argmin", linalg_argmin, 2},
                                          {"row_argmax", linalg_row_argmax, 1},
                                          {"row_argmin", linalg_row_argmin, 1},
                                          {"col_argmax", linalg_col_argmax, 1},
                                          {"col_argmin", linalg_col_argmin, 1},
                                          {"find", linalg_find, 1},
                                          {"one_hot", linalg_one_hot, 2},
                                          {"eigen", linalg_eigen, 1},
                                          {"svd", linalg_svd, 1},
                                          {"lstsq", linalg_lstsq, 2},
                                          {NULL, NULL, 0}};

/* Adds to the class that matrix.c has made. */
int bind_open_linalg(lua_State *L) {
  luaL_getmetatable(L, BIND_MATRIX);
  lua_getfield(L, -1, "methods");
  bind_methods(L, functions);
  lua_pop(L, 2);
  bind_module(L, functions);
  return 1;
}
