/* Rows as text, CSV or JSON, without a table or a string in Lua for each: they are gathered in a piece, which is handed on when it
 * is full. What CSV and JSON are here is said in lua/losslab/results/export.lua. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/data/read/shortest.h"
#include "lua/bind/store.h"

enum { PIECE = 1 << 16 };
enum { STORE = 1, NAME, PUT, ENCODE, RAW, FLAT, LINES }; /* the arguments' places */

typedef struct writer {
  lua_State *L;
  bool json, lines;  /* lines: an object a line, in place of one array */
  lua_Integer count; /* of rows */
  size_t size;
  char piece[PIECE];
} writer;

static void hand_on(writer *w, const char *bytes, size_t n) {
  lua_pushvalue(w->L, PUT);
  lua_pushlstring(w->L, bytes, n);
  lua_call(w->L, 1, 0);
}

static void add(writer *w, const char *bytes, size_t n) {
  if (n > PIECE - w->size) {
    hand_on(w, w->piece, w->size);
    w->size = 0;
    if (n > PIECE) {
      hand_on(w, bytes, n);
      return;
    }
  }
  memcpy(w->piece + w->size, bytes, n);
  w->size += n;
}

static bool is_plain(const unsigned char *text, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (text[i] < 0x20 || text[i] >= 0x7f || text[i] == '"' || text[i] == '\\') return false;
  return true;
}

/* json.encode(text, name) does what is left: escapes, and the error for what is no UTF-8. */
static void add_json(writer *w, const char *text, size_t n, const char *name) {
  if (is_plain((const unsigned char *)text, n)) {
    add(w, "\"", 1), add(w, text, n), add(w, "\"", 1);
    return;
  }
  lua_pushvalue(w->L, ENCODE);
  lua_pushlstring(w->L, text, n);
  lua_pushstring(w->L, name);
  lua_call(w->L, 2, 1);
  text = lua_tolstring(w->L, -1, &n);
  add(w, text, n);
  lua_pop(w->L, 1);
}

static void add_csv(writer *w, const char *text, size_t n) {
  bool quoted = n && (isspace((unsigned char)text[0]) || isspace((unsigned char)text[n - 1]));
  for (size_t i = 0; i < n && !quoted; i++) quoted = text[i] == ',' || text[i] == '"' || text[i] == '\r' || text[i] == '\n';
  if (!quoted) {
    add(w, text, n);
    return;
  }
  add(w, "\"", 1);
  for (size_t i = 0; i < n; i++) {
    if (text[i] == '"') add(w, "\"", 1);
    add(w, text + i, 1);
  }
  add(w, "\"", 1);
}

static void add_real(writer *w, double value) {
  char text[LL_SHORTEST];
  if (isnan(value) || (w->json && isinf(value))) add(w, "null", w->json ? 4 : 0);
  else if (isinf(value)) add(w, "-inf" + (value > 0), value > 0 ? 3 : 4);
  else add(w, text, ll_shortest_double(value, text));
}

static bool is_raw(writer *w, const char *name) {
  bool raw = lua_getfield(w->L, RAW, name) != LUA_TNIL;
  lua_pop(w->L, 1);
  return raw;
}

static void add_value(writer *w, ll_value v, const char *name) {
  char text[24];
  switch (v.kind) {
  case LL_VALUE_NULL: add(w, "null", w->json ? 4 : 0); break;
  case LL_VALUE_INTEGER: add(w, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)v.integer)); break;
  case LL_VALUE_REAL: add_real(w, v.real); break;
  default:
    if (!w->json) add_csv(w, v.bytes, v.size);
    else if (is_raw(w, name)) add(w, v.bytes, v.size);
    else add_json(w, v.bytes, v.size, name);
  }
}

/* What stands before a value: its name in JSON, the separator. */
static void begin_value(writer *w, const char *name, bool first) {
  if (!first) add(w, ",", 1);
  if (!w->json) return;
  add_json(w, name, strlen(name), name);
  add(w, ":", 1);
}

static void begin_row(writer *w) {
  if (w->lines) add(w, "{", 1);
  else if (w->json) add(w, w->count ? ",\n{" : "[\n{", 3);
  w->count++;
}
static void end_row(writer *w) {
  if (w->lines) add(w, "}\n", 2);
  else add(w, w->json ? "}" : "\n", 1);
}

/* ---- what stands in place of a configuration's JSON, or behind it ------------------------------------------------------- */

/* FLAT: ready text by configuration. In CSV it stands for the columns of JSON, once, where the first of them is; in JSON behind
 * the parameters. */
typedef struct flat {
  bool is;
  size_t id, at, n; /* the columns of the configuration and of what the text stands for; how many there are */
} flat;

static size_t column_of(const ll_rows *rows, size_t n, const char *name) {
  size_t i = 0;
  while (i < n && strcmp(ll_rows_name(rows, i), name) != 0) i++;
  return i;
}

static flat flat_of(writer *w, const ll_rows *rows) {
  flat f = {.n = ll_rows_columns(rows)};
  if (lua_isnil(w->L, FLAT)) return f;
  lua_getfield(w->L, FLAT, "id");
  f.id = column_of(rows, f.n, luaL_checkstring(w->L, -1));
  lua_pop(w->L, 1);
  f.at = column_of(rows, f.n, "parameters");
  f.is = f.id < f.n && f.at < f.n;
  return f;
}

/* Adds the text by that name, or if it is NULL that of the row's configuration, behind a comma; nothing for an empty one. */
static void add_flat(writer *w, const flat *f, const ll_rows *rows, const char *name) {
  size_t n;
  int kind = name ? lua_getfield(w->L, FLAT, name) : lua_geti(w->L, FLAT, ll_rows_value(rows, f->id).integer);
  if (kind == LUA_TNIL) lua_getfield(w->L, FLAT, "none"), lua_remove(w->L, -2);
  const char *text = luaL_checklstring(w->L, -1, &n);
  if (n) add(w, ",", 1), add(w, text, n);
  lua_pop(w->L, 1);
}

static bool is_replaced(writer *w, const flat *f, const ll_rows *rows, size_t i) {
  return f->is && !w->json && is_raw(w, ll_rows_name(rows, i));
}

static void write_heading(writer *w, const flat *f, const ll_rows *rows) {
  for (size_t i = 0; i < f->n; i++) {
    if (is_replaced(w, f, rows, i)) {
      if (i == f->at) add_flat(w, f, rows, "heading");
      continue;
    }
    begin_value(w, "", i == 0);
    add_csv(w, ll_rows_name(rows, i), strlen(ll_rows_name(rows, i)));
  }
  end_row(w);
}

static void write_rows(writer *w, ll_rows *rows) {
  flat f = flat_of(w, rows);
  for (bool more;;) {
    bind_check(w->L, ll_rows_next(rows, &more));
    if (!w->json && w->count == 0) write_heading(w, &f, rows); /* also of no rows: who reads CSV asks for it */
    if (!more) return;
    begin_row(w);
    for (size_t i = 0; i < f.n; i++) {
      if (!is_replaced(w, &f, rows, i)) {
        begin_value(w, ll_rows_name(rows, i), i == 0);
        add_value(w, ll_rows_value(rows, i), ll_rows_name(rows, i));
      }
      if (f.is && i == f.at) add_flat(w, &f, rows, NULL);
    }
    end_row(w);
  }
}

/** store:write(name, put [, encode, raw, flat, lines]) -> integer
 * For losslab's own use: hands the rows of a statement to put(text), as CSV or JSON.
 * In pieces; gives how many rows. ll.export is for
 * files.
 *   name   of a statement without values
 *   put   a function that takes a piece of text
 *   encode   ll.json.encode: JSON in place of CSV
 *   raw   a table whose keys are columns that are JSON already
 *   flat   ready text by configuration, for the columns of raw
 *   lines   true: an object a line in place of one array
 * See: ll.export, store:scores
 * Example:
 *   local db = ll.store.open("a.db", { mode = "create" })
 *   local text = ""
 *   db:write("studies", function(piece) text = text .. piece end)   --> 0
 *   text:match "[^,]+"   --> id
 */
int bind_store_write(lua_State *L) {
  ll_store *store = bind_store(L);
  const char *name = luaL_checkstring(L, NAME);
  lua_settop(L, LINES);
  ll_rows **rows = bind_store_new_rows(L);
  lua_toclose(L, -1);
  bind_check(L, ll_store_query(store, name, NULL, 0, rows));
  writer *w = lua_newuserdatauv(L, sizeof *w, 0);
  w->L = L, w->json = !lua_isnil(L, ENCODE), w->lines = w->json && lua_toboolean(L, LINES), w->count = 0, w->size = 0;
  write_rows(w, *rows);
  if (w->json && !w->lines) add(w, w->count ? "\n]\n" : "[]\n", 3);
  if (w->size) hand_on(w, w->piece, w->size);
  lua_pushinteger(L, w->count);
  return 1;
}
