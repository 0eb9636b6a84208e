/* The entries of help that stand as comments above the functions of these files, collected by help.awk into one text. The assembler
 * includes it, as it does engine/store/schema.sql. */
#include <string.h>

#include "lua/bind/state.h"

#ifndef LL_HELP_TEXT
#define LL_HELP_TEXT "/dev/null" /* for checkers of sources, which build nothing */
#endif

extern const char bind_help[];

__asm__(".pushsection .rodata\n"
        ".global bind_help\n"
        ".hidden bind_help\n"
        ".type bind_help, %object\n"
        "bind_help:\n"
        ".incbin \"" LL_HELP_TEXT "\"\n"
        ".byte 0\n"
        ".size bind_help, . - bind_help\n"
        ".popsection\n");

/* help_text(): the text; a function, so that a start does not copy it. */
int bind_help_text(lua_State *L) {
  bind_reach(L, "help"); /* the rest of help stands in files */
  lua_pushstring(L, bind_help);
  return 1;
}

/* Pushes what Lua itself says of a value: "function: 0x…". */
static int push_plain(lua_State *L) {
  lua_pushfstring(L, "%s: %p", luaL_typename(L, 1), lua_topointer(L, 1));
  return 1;
}

/* __tostring of modules and functions: what help has on them in a line or two (losslab/help/shown.lua), which is a text or nil. Of
 * what it does not know, and where no files can be read, Lua's own words. */
int bind_shown_by_help(lua_State *L) {
  lua_settop(L, 1);
  if (bind_state_get(L)->sealed || !lua_checkstack(L, 4)) return push_plain(L);
  lua_getglobal(L, "require");
  lua_pushstring(L, "losslab.help.shown");
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) return push_plain(L);
  lua_pushvalue(L, 1);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK || lua_type(L, -1) != LUA_TSTRING) return push_plain(L);
  return 1;
}

/* show_functions(): from now on functions print themselves so, too: for the program, whose functions are nobody else's. The
 * metatable is out of reach, since all functions share it. */
int bind_show_functions(lua_State *L) {
  lua_pushcfunction(L, bind_show_functions); /* any function */
  lua_createtable(L, 0, 2);
  lua_pushcfunction(L, bind_shown_by_help), lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, false), lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  return 0;
}
