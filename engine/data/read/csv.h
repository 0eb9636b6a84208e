/* What the files that read delimited text share. A reader chooses a dialect and calls ll_csv_read. */
#ifndef LOSSLAB_ENGINE_CSV_H
#define LOSSLAB_ENGINE_CSV_H

#include "engine/data/builder.h"
#include "engine/data/read/source.h"

typedef enum ll_csv_role {
  LL_CSV_FEATURE,
  LL_CSV_LABEL,
  LL_CSV_CLASS,
  LL_CSV_GROUP,
  LL_CSV_DOMAIN,
  LL_CSV_SKIP,
  LL_CSV_EMPTY, /* has no name: its cells must be empty */
  LL_CSV_CATEGORY,
  LL_CSV_VALUE, /* real values in the place of labels */
  LL_CSV_WEIGHT
} ll_csv_role;

/* How the text is written, and what the names of the columns mean. */
typedef struct ll_csv ll_csv;
typedef struct ll_csv_dialect {
  unsigned char separator;
  bool quotes;           /* cells may be quoted */
  bool tail;             /* the last column takes the rest of the line, separators and all */
  const char *skip_line; /* a line after the header whose first cell is this, in any case, is skipped; NULL: none */
  ll_status (*roles)(ll_csv *c);
} ll_csv_dialect;

struct ll_csv {
  ll_ctx *ctx;
  const ll_csv_dialect *dialect;
  const ll_read_options *options;
  ll_source *source;
  const unsigned char *limit; /* one past the last line that is whole in memory; at the end of the file, its end */
  bool starved;               /* quotes were open at the limit before the end of the file: what was read since needs more of it */
  ll_builder *b;
  ll_words header; /* all columns, "" for one without a name */
  unsigned char *roles;
  size_t *runs; /* for each column, how many features in a row begin with it */
  size_t cols, features;
  char *scratch; /* a cell without its quotes; as long as the longest such cell can be */
  size_t scratch_size;
  unsigned labels_seen;
  ll_words *levels;  /* of the columns that are categories, in their order; a feature's place in x holds the level's number */
  size_t categories; /* how many such columns */
  double *exact;     /* the features of a row before they are rounded to ll_real; NaN where there is no number */
  bool keep;         /* exact is filled: the row is looked at, or the one before was */
  uint64_t digits;   /* of a row, see ll_number_kernels */
  bool drop;         /* the row has a missing cell and is to be left out */
};

typedef struct ll_csv_cell {
  const unsigned char *text; /* trimmed and unquoted */
  size_t size;
  const unsigned char *end; /* of the cell in the file: at a separator, a line end or the limit */
  bool torn;                /* quotes that do not close, or text after them */
} ll_csv_cell;

static inline bool ll_csv_is_end(const ll_csv *c, const unsigned char *p) {
  return *p == c->dialect->separator || *p == '\n' || p == c->limit || (*p == '\r' && (p[1] == '\n' || p + 1 == c->limit));
}

/* Reads a set of this dialect into the builder. */
ll_status ll_csv_read(ll_ctx *ctx, const ll_read_options *options, ll_source *source, ll_builder *builder,
                      const ll_csv_dialect *dialect);

/* Reads a file of comma-separated cells whole, for a caller who takes the cells as they stand: *at is at the first cell, the limit
 * at the end. LL_ERR_IO, LL_ERR_FORMAT (empty). *c is to be given to ll_csv_close, unless this fails. */
ll_status ll_csv_open(ll_ctx *ctx, const char *path, ll_source *source, ll_csv *c, const unsigned char **at);
void ll_csv_close(ll_csv *c);

/* csv.c: moving through the file. */

/* Whether the limit is the end of the file. */
bool ll_csv_is_last(const ll_csv *c);
/* Forgets what is before *at and reads on until the limit is further away; *at stays where it is in the file. */
ll_status ll_csv_more(ll_csv *c, const unsigned char **at);
/* Skips lines of comments. After it, *at is at the limit only at the end of the file. */
ll_status ll_csv_skip_comments(ll_csv *c, const unsigned char **at);
/* Whether nothing but ends of lines is left in the file. */
ll_status ll_csv_only_blank(ll_csv *c, const unsigned char **at, bool *is);

/* csv_cell.c */

/* The cell that begins at p. */
ll_status ll_csv_cell_at(ll_csv *c, const unsigned char *p, ll_csv_cell *cell);
/* The cell that begins at *at, which moves to the next one, or to the next line after the last of a line. */
ll_status ll_csv_next(ll_csv *c, const unsigned char **at, ll_csv_cell *cell, bool *last);
/* LL_ERR_FORMAT for the row (from 0) that begins at start and has more or fewer cells than there are columns. */
ll_status ll_csv_ragged(ll_csv *c, const unsigned char *start, size_t row);

/* csv_nameless.c: columns whose name is empty or blank, as tools write them that have none to give. */

/* Whether a name in the header is none. */
bool ll_csv_nameless(const ll_csv_cell *cell);
/* Adds the next column, which has no name, to the header. */
ll_status ll_csv_nameless_add(ll_csv *c);
/* Leaves out what is no feature of the columns that were to be features: a data frame's index, columns that must be empty. */
ll_status ll_csv_nameless_roles(ll_csv *c);

/* csv_header.c */

/* Reads the names of the columns and decides their roles; *at moves to the first row. */
ll_status ll_csv_header(ll_csv *c, const unsigned char **at);
/* Roles by the names of csv and tsv: label or class, group, domain; all others are features. */
ll_status ll_csv_roles(ll_csv *c);
/* LL_ERR_FORMAT for a file with no column `label` nor, unless it is NULL, `class`; the message says which column was probably
 * meant, or else which ones there are. */
ll_status ll_csv_no_label(ll_csv *c, const char *label, const char *class);
/* LL_ERR_NAME for a name that is not among columns: `PATH: there is no columnWHICH "WORD"; did you mean …`. */
ll_status ll_csv_no_column(ll_csv *c, const char *which, const char *word, const ll_words *columns);

/* csv_rows.c, csv_dropped.c */

/* Reads the rows from p to the end of the file. [out] how many. */
ll_status ll_csv_rows(ll_csv *c, const unsigned char *p, size_t *rows);
/* Forgets the words that only dropped rows had, and numbers the others anew in their order. */
ll_status ll_csv_dropped(ll_csv *c, size_t rows);

/* csv_value.c: each reads the cell at *at, of a row and a column from 0, and moves *at to the cell's end. */

/* A number that is not plain: quoted or with blanks around it, or a missing cell, where these are allowed. [out] value, and
 * [opt] rounded: the number rounded to ll_real at once. */
ll_status ll_csv_value_number(ll_csv *c, const unsigned char **at, size_t row, size_t col, double *value, ll_real *rounded);
/* The error of a number beyond the range of ll_real. */
ll_status ll_csv_value_too_large(ll_csv *c, const unsigned char *at, size_t row, size_t col);
/* A label, class, group or domain into the builder; or a cell that is skipped. */
ll_status ll_csv_value(ll_csv *c, const unsigned char **at, size_t row, size_t col);
/* The number of a level among those of its column, which is number `category` of the columns of categories. */
ll_status ll_csv_value_level(ll_csv *c, const unsigned char **at, size_t row, size_t col, size_t category, ll_real *to);

/* csv_categories.c */

/* Marks the columns that are to be categories. LL_ERR_NAME with the nearest. */
ll_status ll_csv_categories(ll_csv *c);
/* Replaces each column of categories, in x and among the names, by a column for each of its levels. */
ll_status ll_csv_expand(ll_csv *c);

#endif
