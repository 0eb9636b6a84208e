/* Percolator's input (.pin, "tab"): what its files share. A file is read window by window; the lines of a window are cut into
 * pieces, which a crew of threads parses into places that do not depend on who does it. Several files make one set.
 *
 * pin.c: files and windows; pin_header.c: what the columns are; pin_order.c: their order in this file; pin_rows.c: a piece of rows;
 * pin_cells.c: cells; pin_errors.c: messages; pin_spectra.c: which rows are of one spectrum; pin_ids.c: scans in ids; pin_twins.c:
 * equal columns. */
#ifndef LOSSLAB_ENGINE_PIN_H
#define LOSSLAB_ENGINE_PIN_H

#include "engine/data/builder.h"
#include "engine/data/read/number.h"
#include "engine/data/read/source.h"
#include "engine/data/texts.h"

typedef enum ll_pin_role {
  LL_PIN_SKIP,
  LL_PIN_FEATURE,
  LL_PIN_ID,
  LL_PIN_LABEL,
  LL_PIN_SCAN,
  LL_PIN_MASS, /* ExpMass */
  LL_PIN_CALCULATED,
  LL_PIN_FILE,
  LL_PIN_PEPTIDE,
  LL_PIN_PROTEINS,
  LL_PIN_ROLES
} ll_pin_role;

/* The texts that are kept of a row. */
enum { LL_PIN_TEXT_ID, LL_PIN_TEXT_PEPTIDE, LL_PIN_TEXT_PROTEINS, LL_PIN_TEXTS };

typedef struct ll_pin_options {
  ll_missing missing;
  double constant;
  const char *const *exclude; /* names of columns, or patterns with * */
  size_t n_exclude;
  const char *exclude_word; /* how the option is called */
  bool texts;               /* ids, peptides and proteins are kept */
} ll_pin_options;

/* Spectra that were met: a table from file, scan and mass to the first row. */
typedef struct ll_pin_spectra {
  uint64_t *slots; /* part of the hash, and the first row + 1; or 0 */
  size_t size, count;
} ll_pin_spectra;

/* All files together. Arrays have an element a row. */
typedef struct ll_pin {
  ll_ctx *ctx;
  ll_pin_options options;
  ll_builder *b;
  ll_words *header; /* [opt] [out] the names of a file's columns, which alone are then read */
  size_t rows, room, files_read;
  const char *first_path;
  double *scans;      /* NaN with a payload: the text of that number in scan_words (ll_pin_scan_is_word) */
  double *masses;     /* NaN: there is none */
  double *calculated; /* NaN: there is none */
  uint32_t *files;    /* numbers among file_names */
  uint32_t *prefixes; /* where scans come from ids: what stands before the scan, among prefix_words; else NULL */
  ll_words file_names, scan_words, prefix_words;
  ll_texts texts;
  ll_pin_spectra spectra;
  size_t n_spectra;       /* the rows that are spectra of their own among them */
  bool grouped;           /* some rows share their spectrum by a rule */
  bool has[LL_PIN_ROLES]; /* whether there is such a column; all files have the same, but for the proteins */
  double *directions;     /* [opt] of each feature, NaN where there is none */
  unsigned char *varies;  /* of each feature: whether it has two values */
  ll_real *again;         /* a row that is read a second time */
  size_t no_mass;         /* rows whose mass is missing where there is such a column */
  size_t dropped, holes;  /* rows that were left out; rows that have missing numbers */
} ll_pin;

/* A text in a line. */
typedef struct ll_pin_cell {
  uint32_t at, size;
} ll_pin_cell;
enum { LL_PIN_CELL_FILE = LL_PIN_TEXTS, LL_PIN_CELL_SCAN, LL_PIN_CELLS };
typedef struct ll_pin_row {
  const unsigned char *line;
  ll_pin_cell cells[LL_PIN_CELLS];
  bool drop, look, hole, scan_is_word;
} ll_pin_row;

/* Neighbouring columns that are features of neighbouring numbers, or one other column. */
typedef struct ll_pin_step {
  ll_pin_role role;
  size_t col, count, feature;
} ll_pin_step;

/* What is wrong with a row. */
typedef enum ll_pin_wrong {
  LL_PIN_FINE,
  LL_PIN_RAGGED,
  LL_PIN_ZERO_BYTE,
  LL_PIN_BLANK_LINE,
  LL_PIN_NOT_NUMBER, /* also missing and infinite ones: pin_errors.c looks */
  LL_PIN_TOO_LARGE,
  LL_PIN_NO_LABEL,
  LL_PIN_MIXED_LABELS,
  LL_PIN_EMPTY,
  LL_PIN_TORN_PEPTIDE
} ll_pin_wrong;
typedef struct ll_pin_bad {
  ll_pin_wrong wrong;
  size_t row, col; /* in the file, from 0 */
  const unsigned char *line, *end, *cell;
  size_t size;
  int other;     /* mixed labels: the way that was before */
  size_t before; /* and its row */
} ll_pin_bad;

/* Ways to write a label, by what tells them apart: 1 alone is of two. */
enum { LL_PIN_ONE, LL_PIN_ZERO, LL_PIN_MINUS, LL_PIN_BOOLEAN, LL_PIN_WORDS, LL_PIN_WAYS };
typedef struct ll_pin_ways {
  size_t row[LL_PIN_WAYS]; /* of the first label so written, in the file; SIZE_MAX: none */
  const unsigned char *line[LL_PIN_WAYS];
} ll_pin_ways;

/* The file at hand. */
typedef struct ll_pin_file {
  ll_pin *pin;
  ll_source *source;
  ll_words names; /* of its columns, each its own: "", "a", "a_2" */
  size_t cols;
  unsigned char *roles;
  ll_pin_step *steps;
  size_t n_steps, after_steps; /* up to the proteins; of what stands behind them */
  size_t after;                /* columns behind the proteins */
  bool tail;                   /* the proteins take what the line has left */
  bool quoted;                 /* names stand in quotes, and texts may, too */
  bool spaces;                 /* cells are separated by blanks */
  bool has[LL_PIN_ROLES];
  bool blank;   /* a blank line was met */
  size_t rows;  /* of the file, so far */
  size_t first; /* its first row in the set */
  size_t line;  /* of its first row, from 1 */
  size_t blank_line;
  uint32_t number; /* its own among the file names */
  ll_pin_ways ways;
} ll_pin_file;

/* Lines that one task parses. */
typedef struct ll_pin_piece {
  const unsigned char *from, *to;
  size_t first, lines; /* its first row in the window; how many lines there are */
  size_t rows;         /* that were parsed */
  bool blank;          /* a blank line came after them */
  size_t no_mass, dropped, holes;
  ll_pin_ways ways;
  ll_pin_bad bad;
  unsigned char *varies;
} ll_pin_piece;

/* pin.c, pin_set.c. Begins with a builder and options; each file after the other, of which the same features are wanted; then what
 * is said of all. ll_pin_free gives back all that was not taken. */
void ll_pin_begin(ll_pin *pin, ll_ctx *ctx, ll_builder *builder, const ll_pin_options *options);
ll_status ll_pin_read(ll_pin *pin, ll_source *source);
ll_status ll_pin_finish(ll_pin *pin);
void ll_pin_free(ll_pin *pin);

/* pin_header.c: the roles of the columns named in the line from..to; the first rows, up to `limit`, tell which hold words. */
ll_status ll_pin_header(ll_pin_file *f, const unsigned char *from, const unsigned char *to, const unsigned char *rows,
                        const unsigned char *limit);
/* pin_order.c: the steps of the file, by the features of the set, which are those of the first file; then the line of directions.
 */
ll_status ll_pin_order(ll_pin_file *f);
ll_status ll_pin_directions(ll_pin_file *f, const unsigned char *from, const unsigned char *to);

/* pin_rows.c: parses a piece into the set's arrays; row `base` of it is the window's first. */
void ll_pin_rows(const ll_pin_file *f, ll_pin_piece *piece, ll_pin_row *rows, size_t base);
/* The features of a row that was parsed, as they are in the file. */
void ll_pin_exact(const ll_pin_file *f, const ll_pin_row *row, double *exact);
/* One past the last byte of the line at p before `to`, its line end not counted; [out] the next line. */
const unsigned char *ll_pin_line_end(const unsigned char *p, const unsigned char *to, const unsigned char **next);
/* Whether a line holds nothing. */
static inline bool ll_pin_is_blank(const unsigned char *p, const unsigned char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
  return p == end;
}
/* Makes each run of blanks in the lines a tab, in place: what is left over is blanks at a line's end. */
void ll_pin_blanks(unsigned char *from, const unsigned char *to);

/* pin_cells.c */
typedef enum ll_pin_value { LL_PIN_NUMBER, LL_PIN_MISSING, LL_PIN_INFINITE, LL_PIN_WORD } ll_pin_value;
/* What a cell is; [out] the number, and what it is in ll_real. */
ll_pin_value ll_pin_number(const unsigned char *p, const unsigned char *end, double *value, ll_real *rounded);
/* Whether the text is a word, in any case. */
bool ll_pin_is(const unsigned char *p, size_t n, const char *word);
/* The way in which a label is written, LL_PIN_WAYS for none; [out] 1 or 0. */
int ll_pin_label(const unsigned char *p, const unsigned char *end, ll_real *label);

static inline double ll_pin_scan_word(uint32_t number) {
  uint64_t bits = UINT64_C(0x7ff8000000000000) | (number + (uint64_t)1);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
static inline bool ll_pin_scan_is_word(double scan) { return scan != scan; }
static inline uint32_t ll_pin_scan_number(double scan) {
  uint64_t bits;
  memcpy(&bits, &scan, sizeof bits);
  return (uint32_t)bits - 1; /* of a plain NaN UINT32_MAX */
}

/* pin_errors.c */
ll_status ll_pin_wrong_row(ll_pin_file *f, const ll_pin_bad *bad);
/* What the labels so far contradict: false, or [out] the first row that does. */
bool ll_pin_mixed(const ll_pin_ways *ways, ll_pin_bad *bad);

/* pin_spectra.c: numbers the spectra of rows from..to - 1. */
ll_status ll_pin_group(ll_pin *pin, size_t from, size_t to);
/* Each of them a spectrum of its own. */
void ll_pin_group_none(ll_pin *pin, size_t from, size_t to);
void ll_pin_spectra_free(ll_ctx *ctx, ll_pin_spectra *spectra);

/* pin_ids.c: scans of the rows of a file without ScanNr by their ids, or none; then their spectra. */
ll_status ll_pin_ids(ll_pin_file *f);

/* pin_twins.c: notes the features that are equal to one before in all rows, but for those of one value. */
ll_status ll_pin_note_twins(ll_pin *pin);

#endif
