/* Files from Lua, whole or not at all (losslab/file.h): ll.system.write(path, content) in one call, or in pieces:
 *
 *   local writer <close> = ll.system.writer(path [, into])    into: a device, pipe or descriptor is written into, not refused
 *   writer:put(text)  …
 *   writer:finish()                                          gives the file its name; a writer that is closed before leaves nothing
 *
 * Errors raise without a position and begin with the path. */
#include "lua/bind/writer.h"

/** writer
 * A file that is being written, as ll.system.writer gives it: it has its name once it is finished.
 * Closed or collected before, it leaves nothing.
 * See: ll.system.writer
 * Example:
 *   local writer = ll.system.writer "a.txt"
 *   writer:put "one ":put "two"
 *   writer:finish()
 *   io.open("a.txt"):read "a"   --> one two
 */
#define WRITER "losslab.writer"

/** ll.system.write(path, content)
 * Writes a file, whole or not at all: a new one, or all of one that is there.
 *   path   of the file
 *   content   a string of bytes
 * Errors: a file that cannot be written, and why; the message begins with the path.
 * See: ll.system.writer
 * Example:
 *   ll.system.write("a.txt", "one")
 *   io.open("a.txt"):read "a"   --> one
 */
int writer_write(lua_State *L) {
  size_t n;
  const char *path = bind_string(L, 1, "write", "the path"), *bytes = bind_bytes(L, 2, "write", "the content", &n);
  bind_reach(L, "system.write");
  bind_check(L, ll_file_write(bind_ctx(L), path, bytes, n));
  return 0;
}

/** ll.system.writer(path [, into]) -> writer
 * Begins a file that is written in pieces; it gets its name by writer:finish.
 *   path   of the file
 *   into   true: a device, a pipe or a descriptor is written into, not refused (false)
 * Errors: a file that cannot be written, and why.
 * See: writer, ll.system.write
 * Example:
 *   local writer = ll.system.writer "a.txt"
 *   writer:put "one"
 *   writer:finish()
 */
int writer_new(lua_State *L) {
  const char *path = bind_string(L, 1, "writer", "the path");
  bind_reach(L, "system.writer");
  void **slot = bind_new(L, WRITER);
  ll_file *file;
  bind_check(L, ll_file_begin(bind_ctx(L), path, lua_toboolean(L, 2), &file));
  *slot = file;
  return 1;
}

/** writer:put(text) -> writer
 * Adds a text to the file.
 * Errors: a disk that is full, and the like; a writer that is closed.
 * See: writer:finish
 * Example:
 *   local writer = ll.system.writer "a.txt"
 *   writer:put "one":put "two":finish()
 */
static int put(lua_State *L) {
  ll_file *file = bind_get(L, 1, WRITER);
  size_t n;
  const char *bytes = bind_bytes(L, 2, "put", "the text", &n);
  bind_check(L, ll_file_put(bind_ctx(L), file, bytes, n));
  lua_settop(L, 1);
  return 1;
}

/** writer:finish()
 * Gives the file its name: from now on it is there, whole. The writer is closed, also where that fails.
 * Example:
 *   local writer = ll.system.writer "a.txt"
 *   writer:put("one"):finish()
 *   io.open("a.txt"):read "a"   --> one
 */
static int finish(lua_State *L) {
  ll_file *file = bind_get(L, 1, WRITER);
  *(void **)lua_touserdata(L, 1) = NULL;
  bind_check(L, ll_file_end(bind_ctx(L), file));
  return 0;
}

/** writer:close()
 * Gives up what is not finished; nothing is left of it.
 * Example:
 *   local writer = ll.system.writer "a.txt"
 *   writer:put("one"):close()
 *   io.open "a.txt"   --> nil …
 */
static int drop(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, WRITER);
  ll_file_drop(bind_ctx(L), *slot);
  *slot = NULL;
  return 0;
}

void writer_open(lua_State *L) {
  static const bind_function methods[] = {{"put", put, 2}, {"finish", finish, 1}, {"close", drop, 1}, {NULL, NULL, 0}};
  static const luaL_Reg metamethods[] = {{"__gc", drop}, {"__close", drop}, {NULL, NULL}};
  bind_class(L, WRITER, methods, metamethods);
}
