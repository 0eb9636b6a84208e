/* Folders of data sets in Lua: the names in one, and the cells of a table such as its index. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "engine/data/read/csv_table.h"
#include "lua/bind/data.h"

#define FOLDER "losslab.folder"
#define TABLE "losslab.table"

static int folder_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, FOLDER);
  if (*slot) closedir(*slot);
  *slot = NULL;
  return 0;
}

/* folder(path): the names in a folder, or nil and why. */
static int data_folder(lua_State *L) {
  const char *path = bind_string(L, 1, "data", "the path");
  void **slot = bind_new(L, FOLDER);
  lua_toclose(L, -1);
  *slot = opendir(path);
  if (!*slot) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
  }
  lua_newtable(L);
  lua_Integer count = 0;
  for (struct dirent *entry; (entry = readdir(*slot)) != NULL;) {
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static int table_close(lua_State *L) {
  ll_csv_table_free(bind_ctx(L), luaL_checkudata(L, 1, TABLE));
  return 0;
}

/* cells(path): {{cell, …}, …}, the rows of a file of comma-separated texts, its header first. */
static int data_cells(lua_State *L) {
  const char *path = bind_string(L, 1, "data", "the path");
  ll_csv_table *t = lua_newuserdatauv(L, sizeof *t, 0);
  memset(t, 0, sizeof *t);
  luaL_setmetatable(L, TABLE);
  lua_toclose(L, -1);
  bind_descriptors(L);
  bind_check(L, ll_csv_table_read(bind_ctx(L), path, t));
  lua_createtable(L, (int)t->rows, 0);
  for (size_t i = 0; i < t->rows; i++) {
    lua_createtable(L, (int)t->cols, 0);
    for (size_t j = 0; j < t->cols; j++) {
      lua_pushstring(L, ll_csv_table_at(t, i, j));
      lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

const bind_function bind_data_folders[] = {{"folder", data_folder, 1}, {"cells", data_cells, 1}, {NULL, NULL, 0}};

void bind_data_folder_classes(lua_State *L) {
  static const bind_function none[] = {{NULL, NULL, 0}};
  static const luaL_Reg of_folder[] = {{"__gc", folder_close}, {"__close", folder_close}, {NULL, NULL}};
  static const luaL_Reg of_table[] = {{"__gc", table_close}, {"__close", table_close}, {NULL, NULL}};
  bind_class(L, FOLDER, none, of_folder);
  bind_class(L, TABLE, none, of_table);
}
