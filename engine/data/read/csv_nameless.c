/* Columns that have no name in the header. The first one is the index that a data frame is written with (pandas' to_csv, R's
 * write.csv): it numbers the rows, which in a file sorted by class tells the label. Elsewhere an end of the line that has a
 * separator too many makes such columns; with something in them, they are columns whose name was lost. */
#include <stdio.h>
#include <string.h>

#include "engine/data/printable.h"
#include "engine/data/read/csv.h"

bool ll_csv_nameless(const ll_csv_cell *cell) {
  size_t blank = 0;
  while (blank < cell->size && (cell->text[blank] == ' ' || cell->text[blank] == '\t')) blank++;
  return blank == cell->size && !cell->torn;
}

ll_status ll_csv_nameless_add(ll_csv *c) {
  char text[24] = ""; /* no name holds the zero byte that this word begins with: it is "" and still one of its own */
  uint32_t number;
  int size = snprintf(text + 1, sizeof text - 1, "%zu", c->cols++);
  return ll_words_add(c->ctx, &c->header, text, (size_t)size + 1, &number, NULL);
}

/* What pandas calls an index that it has read back as a column: "Unnamed: 0", "Unnamed: 0.1", … */
static bool is_index(const char *name) {
  static const char begin[] = "Unnamed: 0";
  if (strncmp(name, begin, sizeof begin - 1) != 0) return false;
  const char *rest = name + sizeof begin - 1;
  return rest[strspn(rest, ".0123456789")] == 0 && (*rest == 0 || *rest == '.');
}

ll_status ll_csv_nameless_roles(ll_csv *c) {
  size_t empty = 0, first = 0;
  for (size_t j = 0; j < c->cols; j++) {
    const char *name = ll_words_at(&c->header, j);
    if (c->roles[j] != LL_CSV_FEATURE) continue;
    if (is_index(name) || (j == 0 && !*name)) {
      char shown[LL_PRINTABLE];
      c->roles[j] = LL_CSV_SKIP;
      LL_TRY(ll_builder_note(c->ctx, c->b,
                             *name ? "column %zu (\"%s\") is left out: pandas calls an index without a name so"
                                   : "column %zu has no name%s: it is left out, as a data frame's index is",
                             j + 1, ll_printable(shown, name)));
    } else if (!*name) {
      c->roles[j] = LL_CSV_EMPTY;
      if (empty++ == 0) first = j + 1;
    }
  }
  if (empty == 0) return LL_OK;
  return empty == 1 ? ll_builder_note(c->ctx, c->b, "column %zu has no name and nothing in it: it is left out", first)
                    : ll_builder_note(c->ctx, c->b,
                                      "%zu columns, the first of them column %zu, have no name and nothing in them: "
                                      "they are left out",
                                      empty, first);
}
