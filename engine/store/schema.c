/* schema.sql inside the library: the assembler includes the file itself, so no generated source and no tool is needed.
 * The Makefile makes this object depend on schema.sql. */
#include "engine/store/schema.h"

__asm__(".pushsection .rodata\n"
        ".global ll_schema_sql\n"
        ".hidden ll_schema_sql\n"
        ".type ll_schema_sql, %object\n"
        "ll_schema_sql:\n"
        ".incbin \"engine/store/schema.sql\"\n"
        ".byte 0\n"
        ".size ll_schema_sql, . - ll_schema_sql\n"
        ".popsection\n");
