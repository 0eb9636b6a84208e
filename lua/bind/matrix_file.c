/* Matrices as bytes and files in Lua: losslab's format and NumPy's. */
#include <string.h>

#include "engine/data/matrix_text.h"
#include "lua/bind/matrix.h"

/** matrix:pack([format]) -> string
 * The matrix as bytes, for a file or a database; ll.unpack reads them.
 *   format   "losslab", which keeps the bits, or "npy", NumPy's, a column being a vector there ("losslab")
 * Errors: another format.
 * See: ll.unpack, matrix:save
 * Example:
 *   ll.unpack(ll.eye(2):pack()):table()   --> { { 1, 0 }, { 0, 1 } }
 *   ll.eye(2):pack("npy"):sub(2, 6)       --> NUMPY
 */
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

/** ll.unpack(bytes [, name]) -> matrix
 * The matrix in bytes that matrix:pack or NumPy's save made; which of the two, the bytes tell.
 *   bytes   a string: losslab's format, or .npy of floats, integers or booleans, a vector (a column here) or a matrix
 *   name    what messages call it ("unpack")
 * Errors: bytes that are no such matrix, or end early; a number beyond the precision.
 * See: matrix:pack, ll.load_matrix
 * Example:
 *   ll.unpack(ll.matrix({ 1, 2 }):pack "npy"):shape()   --> 2 1
 */
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

/** matrix:save(path) -> matrix
 * Writes the matrix into a file, in the format that the path's ending names. Gives the matrix itself.
 * .npy is NumPy's format, .csv and .tsv are text; .llm, .bin or no ending is losslab's own, which keeps the bits. The file is
 * written beside and then put in place, so that no half of it is ever there.
 *   path   a string
 * Errors: the ending of another format; a file that cannot be written, with the system's reason.
 * See: ll.load_matrix, matrix:pack
 * Example:
 *   ll.matrix({ 1, 2, 3 }):save "z.npy"
 *   ll.load_matrix("z.npy"):table()   --> { 1, 2, 3 }
 *   ll.eye(2):save "z.xlsx"           --> error: save: z.xlsx: a matrix is written as .npy, .csv, .tsv or…
 */
static int matrix_save(lua_State *L) {
  bind_reach(L, "save");
  check_ending(L, bind_string(L, 2, "save", "the path"));
  const char *path = lua_tostring(L, 2);
  const ll_matrix *m = bind_matrix(L, 1, "save", "the matrix");
  bind_check(L, (ll_data_is_matrix_text(path) ? ll_data_write_matrix : ll_matrix_write)(bind_ctx(L), m, path));
  lua_settop(L, 1);
  return 1;
}

/** ll.load_matrix(path) -> matrix
 * Reads a matrix from a file: losslab's or NumPy's format, or numbers in .csv or .tsv.
 * A table may be packed (.csv.gz) and have a header. The numbers are converted to the precision in use.
 *   path   a string
 * Errors: a file that cannot be read or holds no matrix; a number beyond the precision (its place).
 * See: matrix:save, ll.unpack, ll.data.load, ll.data.csv
 * Example:
 *   ll.eye(3):save "eye.bin"
 *   ll.load_matrix("eye.bin"):shape()   --> 3 3
 *   ll.load_matrix "none.npy"           --> error: none.npy…
 */
static int matrix_load(lua_State *L) {
  ll_matrix m;
  bind_reach(L, "load_matrix");
  const char *path = bind_string(L, 1, "load_matrix", "the path");
  bind_check(L, (ll_data_is_matrix_text(path) ? ll_data_read_matrix : ll_matrix_read)(bind_ctx(L), path, &m));
  bind_push_matrix(L, &m);
  return 1;
}

const bind_function bind_matrix_writing[] = {{"pack", matrix_pack, 2}, {"save", matrix_save, 2}, {NULL, NULL, 0}};
const bind_function bind_matrix_loading[] = {{"unpack", matrix_unpack, 2}, {"load_matrix", matrix_load, 1}, {NULL, NULL, 0}};
