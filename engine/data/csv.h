/* What the parts of the reader of delimited text share: csv_header.c (cells, the header), csv.c (rows), pin.c (Percolator's
 * kind of it). */
#ifndef LOSSLAB_ENGINE_CSV_H
#define LOSSLAB_ENGINE_CSV_H

#include "engine/data/builder.h"
#include "engine/data/source.h"

typedef enum ll_csv_role { FEATURE, LABEL, CLASS, GROUP, DOMAIN, SKIP, CATEGORY } ll_csv_role;

/* How the text is written, and what the names of the columns mean. */
typedef struct csv csv;
typedef struct ll_csv_dialect {
  unsigned char separator;
  bool quotes;           /* cells may be quoted */
  bool tail;             /* the last column takes the rest of the line, separators and all */
  const char *skip_line; /* a line after the header that begins so is none of the rows; NULL: no such line */
  ll_status (*roles)(csv *c);
} ll_csv_dialect;

struct csv {
  ll_ctx *ctx;
  const ll_csv_dialect *dialect;
  const ll_read_options *options;
  ll_source *source;
  const unsigned char *limit; /* one past the last line of the file that is whole in memory; at the end of the file, its end */
  bool starved;               /* quotes were open at the limit, and that is not the end of the file: nothing told so far counts */
  ll_builder *b;
  ll_words header; /* all columns */
  unsigned char *roles;
  size_t *runs; /* how many columns of features there are from each column on before another comes */
  size_t cols, features;
  char *scratch; /* a cell without its quotes; as long as the longest such cell can be */
  size_t scratch_size;
  unsigned labels_seen;
  ll_words *levels;  /* of the columns that are categories, in their order; a feature's place in x holds the level's number */
  size_t categories; /* how many such columns */
  bool drop;         /* the row has a missing cell and is to be left out */
};

/* Columns of categories become columns of levels: x and the names of b anew (categories.c). */
ll_status ll_csv_expand(csv *c);
/* Marks the columns that are to be categories. LL_ERR_NAME with the nearest. */
ll_status ll_csv_categories(csv *c);

typedef struct ll_csv_cell {
  const unsigned char *text; /* trimmed and unquoted */
  size_t size;
  const unsigned char *end; /* of the cell in the file: a comma, a line end, the end */
  bool torn;                /* quotes that do not close, or text after them */
} ll_csv_cell;

static inline bool ll_csv_is_end(const csv *c, const unsigned char *p) {
  return *p == c->dialect->separator || *p == '\n' || p == c->limit || (*p == '\r' && (p[1] == '\n' || p + 1 == c->limit));
}

/* Reads a set of this dialect: what a reader calls. */
ll_status ll_csv_read(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder,
                      const ll_csv_dialect *dialect);
/* The cell that begins at p. */
ll_status ll_csv_cell_at(csv *c, const unsigned char *p, ll_csv_cell *cell);
/* The roles of a table with a header of one's own: label or class, group, domain. */
ll_status ll_csv_roles(csv *c);
/* LL_ERR_FORMAT of a file without a column of that name (class: NULL, or another that would do) to tell the classes: what was
 * probably meant, or else what there is. */
ll_status ll_csv_no_label(csv *c, const char *label, const char *class);
/* LL_ERR_NAME of a column that is not among columns: `PATH: there is no columnWHICH "WORD"; did you mean …`. */
ll_status ll_csv_no_column(csv *c, const char *which, const char *word, const ll_words *columns);
/* Reads the names of the columns and decides their roles; *at moves to the first row. The names may have to be read again with more
 * of the file (starved). */
ll_status ll_csv_header(csv *c, const unsigned char **at);
/* Forgets what is before *at and reads on until the limit is further away; *at stays where it is in the file. */
ll_status ll_csv_more(csv *c, const unsigned char **at);

#endif
