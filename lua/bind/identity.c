/* Identities in Lua: labels, groups, users and items, of which only equality counts. A matrix tells whole numbers below LL_WHOLE
 * apart; a list in which some are larger, or all are strings, is numbered in ascending order instead. All 64 bits of an integer
 * count. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/bind/matrix.h"

typedef struct identity {
  const char *text; /* NULL: it is a number */
  size_t size;
  lua_Integer number;
  size_t place;
} identity;

/* "knn: labels, row 3" */
static const char *where(lua_State *L, const bind_source *s, size_t i) {
  return lua_pushfstring(L, "%s: %s, row %d", s->who, s->name, (int)i + 1);
}

/* A whole number with all its digits. */
static const char *shown(lua_State *L, double value) {
  char text[32];
  snprintf(text, sizeof text, fabs(value) < 1e19 && floor(value) >= value ? "%.0f" : "%.14g", isnan(value) ? fabs(value) : value);
  return lua_pushstring(L, text);
}

/* A float at or beyond `end` in size may have been rounded to what it is. */
static identity of_float(lua_State *L, const bind_source *s, size_t i, double value, double end, const char *instead) {
  if (!(floor(value) >= value) || isinf(value))
    luaL_error(L, "%s: %s is no identity: a whole number or a string was expected", where(L, s, i), shown(L, value));
  if (fabs(value) >= end)
    luaL_error(L, "%s: %s may have been another number before it was rounded: %s", where(L, s, i), shown(L, value), instead);
  return (identity){.number = (lua_Integer)value};
}

/* Element i of a column or of a table. */
static identity element(lua_State *L, const bind_source *s, const ll_node *column, size_t i) {
  identity id = {.number = 0};
  if (column && (s->columns ? s->columns : 1) != column->value.cols)
    luaL_error(L, "%s: %s: a matrix of %d columns was expected, not %dx%d", s->who, s->name, (int)(s->columns ? s->columns : 1),
               (int)column->value.rows, (int)column->value.cols);
  if (column)
    return of_float(L, s, i, (double)ll_matrix_row(&column->value, i)[s->column], LL_WHOLE, "give a table, or number them first");
  int top = lua_gettop(L), is = 0;
  bool row = lua_rawgeti(L, s->index, (lua_Integer)i + 1) == LUA_TTABLE;
  if ((s->columns && !row) || (row && lua_rawlen(L, -1) != (s->columns ? s->columns : 1)))
    luaL_error(L, "%s: row %d is %s; a row {…} of %d value%s was expected", s->who, (int)i + 1,
               row ? "of another length" : bind_shown(L, -1), (int)(s->columns ? s->columns : 1), s->columns > 1 ? "s" : "");
  if (row) lua_rawgeti(L, -1, (lua_Integer)s->column + 1);
  if (lua_type(L, -1) == LUA_TSTRING) {
    id.text = lua_tolstring(L, -1, &id.size); /* the table keeps it */
  } else if (lua_isinteger(L, -1)) {
    id.number = lua_tointegerx(L, -1, &is);
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    id = of_float(L, s, i, lua_tonumber(L, -1), 9007199254740992.0, "write it as an integer"); /* 2^53 */
  } else {
    const char *given = bind_shown(L, -1); /* before where, which pushes a text, too */
    luaL_error(L, "%s: %s is no identity: a whole number or a string was expected", where(L, s, i), given);
  }
  lua_settop(L, top);
  return id;
}

static size_t length(lua_State *L, const bind_source *s) {
  const ll_node *column = bind_as_node(L, s->index);
  return column ? column->value.rows : lua_rawlen(L, s->index);
}

/* The identities of all sources, one after the other, as a userdata on the stack. Numbers and strings are not mixed. */
static identity *read_all(lua_State *L, const bind_source *sources, size_t count, size_t *n) {
  *n = 0;
  for (size_t k = 0; k < count; k++) *n += length(L, &sources[k]);
  if (*n > UINT32_MAX) luaL_error(L, "%s: %s: at most 2^32 - 1 rows", sources->who, sources->name);
  identity *all = lua_newuserdatauv(L, (*n + 1) * sizeof *all, 0);
  size_t at = 0;
  for (size_t k = 0; k < count; k++) {
    const ll_node *column = bind_as_node(L, sources[k].index);
    for (size_t i = 0, rows = length(L, &sources[k]); i < rows; i++, at++) {
      all[at] = element(L, &sources[k], column, i);
      all[at].place = at;
      if (!all[at].text != !all[0].text)
        luaL_error(L, "%s is a %s, but those before it are %ss; all numbers or all strings expected", where(L, &sources[k], i),
                   all[at].text ? "string" : "number", all[0].text ? "string" : "number");
    }
  }
  return all;
}

static int ascending(const void *a, const void *b) {
  const identity *p = a, *q = b;
  if (!p->text) return p->number < q->number ? -1 : p->number > q->number;
  int order = memcmp(p->text, q->text, p->size < q->size ? p->size : q->size);
  return order ? order : p->size < q->size ? -1 : p->size > q->size;
}

uint32_t *bind_numbered(lua_State *L, const bind_source *sources, size_t count, size_t *rows, size_t *distinct) {
  identity *all = read_all(L, sources, count, rows);
  size_t n = *rows;
  uint32_t *numbers = lua_newuserdatauv(L, (n + 1) * sizeof *numbers, 0);
  qsort(all, n, sizeof *all, ascending);
  *distinct = 0;
  for (size_t k = 0; k < n; k++) {
    if (k && ascending(&all[k - 1], &all[k]) != 0) ++*distinct;
    numbers[all[k].place] = (uint32_t)*distinct;
  }
  *distinct += n > 0;
  lua_remove(L, -2);
  return numbers;
}

void bind_push_identity(lua_State *L, const bind_source *source, size_t i) {
  identity id = element(L, source, bind_as_node(L, source->index), i);
  if (id.text) lua_pushlstring(L, id.text, id.size);
  else lua_pushinteger(L, id.number);
}

/* Whether the argument is a table of numbers or strings, or of rows of one; a number is made one. */
static bool is_list(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER || lua_type(L, index) == LUA_TSTRING) {
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, 1);
    lua_replace(L, index);
  }
  if (!lua_istable(L, index)) return false;
  bool is = lua_rawgeti(L, index, 1) != LUA_TTABLE || lua_rawlen(L, -1) == 1;
  lua_pop(L, 1);
  return is;
}

static bool all_fit(const identity *all, size_t n) {
  const lua_Integer end = (lua_Integer)LL_WHOLE;
  for (size_t k = 0; k < n; k++)
    if (all[k].text || all[k].number <= -end || all[k].number >= end) return false;
  return true;
}

void bind_identities(lua_State *L, const bind_source *sources, size_t count) {
  size_t n, distinct, at = 0;
  bool fit = true, matrices = true;
  for (size_t k = 0; k < count; k++) {
    if (bind_as_node(L, sources[k].index)) continue;
    matrices = false;
    fit = fit && is_list(L, sources[k].index);
  }
  if (matrices) return;
  if (fit) { /* else what is given is no column, which the conversion or the check of shapes says */
    const identity *all = read_all(L, sources, count, &n);
    fit = all_fit(all, n);
    lua_pop(L, 1);
  } else {
    fit = true;
  }
  const uint32_t *numbers = fit ? NULL : bind_numbered(L, sources, count, &n, &distinct);
  if (numbers && (double)distinct >= LL_WHOLE)
    luaL_error(L, "%s: %d different %s are more than " LL_PRECISION " precision tells apart", sources->who, (int)distinct,
               sources->name);
  for (size_t k = 0; k < count; k++) {
    const bind_source *s = &sources[k];
    if (!numbers) {
      bind_node(L, s->index, s->who, s->name);
      continue;
    }
    ll_matrix column;
    bind_check(L, ll_matrix_new(bind_ctx(L), length(L, s), 1, &column));
    for (size_t i = 0; i < column.rows; i++) column.data[i] = (ll_real)(numbers[at++] + 1.0);
    bind_push_matrix(L, &column);
    lua_replace(L, s->index);
  }
  if (numbers) lua_pop(L, 1);
}

const ll_matrix *bind_labels(lua_State *L, int index, const char *who) {
  bind_identities(L, &(bind_source){.index = index, .who = who, .name = "labels"}, 1);
  return bind_matrix(L, index, who, "labels");
}

/* Raises for a whole number that a matrix would hold as another, since its value counts. */
static void check_whole(lua_State *L, const char *who, const char *name, size_t row) {
  int is;
  lua_Integer value = lua_tointegerx(L, -1, &is);
  if (lua_isinteger(L, -1) && is && ((double)value >= LL_WHOLE || (double)value <= -LL_WHOLE))
    luaL_error(L, "%s: %s, row %d: %I is beyond the whole numbers that " LL_PRECISION " precision tells apart", who, name,
               (int)row + 1, (LUAI_UACINT)value);
}

ll_node *bind_input(lua_State *L, int index, const char *who, const ll_input *input) {
  ll_node *node = bind_as_node(L, index);
  if (node) return node;
  if (input->role == LL_INPUT_IDENTITY) {
    bind_identities(L, &(bind_source){.index = index, .who = who, .name = input->name}, 1);
  } else if (lua_istable(L, index) &&
             (input->role == LL_INPUT_CLASS || input->role == LL_INPUT_BINARY || input->role == LL_INPUT_NEIGHBOURS)) {
    for (size_t i = 0; i < lua_rawlen(L, index); i++) {
      bool row = lua_rawgeti(L, index, (lua_Integer)i + 1) == LUA_TTABLE;
      for (size_t j = 0; row && j < lua_rawlen(L, -1); j++) {
        lua_rawgeti(L, -1, (lua_Integer)j + 1);
        check_whole(L, who, input->name, i);
        lua_pop(L, 1);
      }
      if (!row) check_whole(L, who, input->name, i);
      lua_pop(L, 1);
    }
  }
  return bind_node(L, index, who, input->name);
}
