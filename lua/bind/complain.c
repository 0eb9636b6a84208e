/* What C itself prints to standard error: safe for a terminal, whatever the text holds. */
#include <stdio.h>
#include <string.h>

#include "engine/data/printable.h"
#include "lua/bind/bind.h"

static void put(const unsigned char *p, size_t left) {
  for (size_t n; left; p += n, left -= n) {
    n = *p == '\n' ? 1 : ll_printable_character(p, left);
    if (n) fwrite(p, 1, n, stderr);
    else if (*p == '\t') fputs("        ", stderr);
    else fprintf(stderr, "\\%d", *p);
    if (!n) n = 1;
  }
}

void bind_complain(const char *what, const char *text) {
  fputs("losslab: ", stderr);
  put((const unsigned char *)what, strlen(what));
  put((const unsigned char *)text, strlen(text));
  fputc('\n', stderr);
}
