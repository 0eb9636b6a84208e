/* Folders of data sets in Lua: the names in one. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "lua/bind/data.h"

#define FOLDER "losslab.folder"

static int folder_close(lua_State *L) {
  void **slot = luaL_checkudata(L, 1, FOLDER);
  if (*slot) closedir(*slot);
  *slot = NULL;
  return 0;
}

/* folder(path): the names in a folder, or nil and why. */
static int data_folder(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
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

const luaL_Reg bind_data_folders[] = {{"folder", data_folder}, {NULL, NULL}};

void bind_data_folder_class(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", folder_close}, {"__close", folder_close}, {NULL, NULL}};
  bind_class(L, FOLDER, none, metamethods);
}
