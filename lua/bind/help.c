/* The entries of help that stand as comments above the functions of these files, collected by help.awk into one text. The assembler
 * includes it, as it does engine/store/schema.sql. */
#include <string.h>

#include "lua/bind/bind.h"

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
  lua_pushstring(L, bind_help);
  return 1;
}
