/* What the two halves of the CSV reader share: csv_header.c (cells, the header), csv.c (rows). */
#ifndef LOSSLAB_ENGINE_CSV_H
#define LOSSLAB_ENGINE_CSV_H

#include "engine/data/source.h"

typedef enum csv_role { FEATURE, LABEL, CLASS, GROUP, DOMAIN } csv_role;

typedef struct csv {
  ll_ctx *ctx;
  const ll_source *source;
  ll_builder *b;
  ll_words header; /* all columns */
  unsigned char *roles;
  size_t cols, features;
  char *scratch; /* a cell without its quotes; as long as the longest such cell can be */
  size_t scratch_size;
  unsigned labels_seen;
} csv;

typedef struct csv_cell {
  const unsigned char *text; /* trimmed and unquoted */
  size_t size;
  const unsigned char *end; /* of the cell in the file: a comma, a line end, the end */
  bool torn;                /* quotes that do not close, or text after them */
} csv_cell;

static inline bool csv_is_end(const unsigned char *p, const unsigned char *limit) {
  return *p == ',' || *p == '\n' || p == limit || (*p == '\r' && (p[1] == '\n' || p + 1 == limit));
}

/* The cell that begins at p. */
ll_status csv_cell_at(csv *c, const unsigned char *p, csv_cell *cell);
/* Reads the names of the columns and decides their roles; *at moves to the first row. */
ll_status csv_header(csv *c, const unsigned char **at);

#endif
