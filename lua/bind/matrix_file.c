/* Matrices as bytes and files in Lua: losslab's format and NumPy's. */
#include <string.h>

#include "lua/bind/matrix.h"

/* pack(m [, "npy"]): the matrix as a string, in losslab's format or NumPy's. */
static int matrix_pack(lua_State *L) {
  const ll_matrix *m = bind_matrix(L, 1, "pack", "the matrix");
  const char *format = lua_isnoneornil(L, 2) ? "losslab" : bind_string(L, 2, "pack", "the format");
  if (strcmp(format, "losslab") != 0 && strcmp(format, "npy") != 0)
    return bind_wrong(L, 2, "pack", "the format", "\"losslab\" or \"npy\"");
  void *bytes;
  size_t n;
  bind_check(L, ll_matrix_pack(bind_ctx(L), m, strcmp(format, "npy") == 0, &bytes, &n));
  bind_push_bytes(L, bytes, n);
  return 1;
}

/* unpack(s [, name]): the matrix of such a string; name for messages. */
static int matrix_unpack(lua_State *L) {
  size_t n;
  const char *bytes = bind_bytes(L, 1, "unpack", "the bytes", &n);
  ll_matrix m;
  bind_check(
      L, ll_matrix_unpack(bind_ctx(L), bytes, n, lua_isnoneornil(L, 2) ? "unpack" : bind_string(L, 2, "unpack", "the name"), &m));
  bind_push_matrix(L, &m);
  return 1;
}

/* The end of a file's name as "xlsx", "" where it has none. */
static const char *ending_of(const char *path) {
  const char *name = strrchr(path, '/'), *point;
  name = name ? name + 1 : path;
  point = strrchr(name, '.');
  return point && point > name ? point + 1 : "";
}

/* Raises for the name of a format that is not written: what is in the file would be another than it says. */
static void check_ending(lua_State *L, const char *path) {
  static const char *const written[] = {"npy", "csv", "tsv", "CSV", "TSV", "llm", "bin", "matrix", "gz", "zst", NULL};
  const char *ending = ending_of(path);
  bool is_word = *ending && strspn(ending, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(ending) &&
                 strspn(ending, "0123456789") < strlen(ending) && strlen(ending) < 9;
  for (const char *const *each = written; is_word && *each; each++)
    if (strcmp(*each, ending) == 0) return;
  if (is_word)
    luaL_error(L,
               "save: %s: a matrix is written as .npy, .csv, .tsv or, in losslab's own format, .llm, .bin or a name without an "
               "ending; there is no .%s",
               path, ending);
}

/* save(m, path): a file in losslab's format, NumPy's if path ends in .npy, or text in .csv or .tsv; load_matrix(path) reads all. */
static int matrix_save(lua_State *L) {
  bind_reach(L, "save");
  check_ending(L, bind_string(L, 2, "save", "the path"));
  bind_check(L, ll_matrix_write(bind_ctx(L), bind_matrix(L, 1, "save", "the matrix"), bind_string(L, 2, "save", "the path")));
  lua_settop(L, 1);
  return 1;
}

static int matrix_load(lua_State *L) {
  ll_matrix m;
  bind_reach(L, "load_matrix");
  bind_check(L, ll_matrix_read(bind_ctx(L), bind_string(L, 1, "load_matrix", "the path"), &m));
  bind_push_matrix(L, &m);
  return 1;
}

const bind_function bind_matrix_writing[] = {{"pack", matrix_pack, 2}, {"save", matrix_save, 2}, {NULL, NULL, 0}};
const bind_function bind_matrix_loading[] = {{"unpack", matrix_unpack, 2}, {"load_matrix", matrix_load, 1}, {NULL, NULL, 0}};
