/* losslab/data.h: data sets: reading, making, generating, splitting, standardising, batches.
 *
 * A data set is features n×d, labels n×1 and what is known about them. Binary labels are held as 0 and 1 (1: positive,
 * target), classes as 1..K, real values as they are. A function that gives a set in *out gives it to the caller, who frees it with
 * ll_data_free; *out is NULL after a failure. Rows are numbered from 0 in C and from 1 in messages. */
#ifndef LOSSLAB_DATA_H
#define LOSSLAB_DATA_H

#include "losslab/matrix.h"
#include "losslab/param.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a set and all its subsets share; freed with the last of them. */
typedef struct ll_data_info {
  const char *name, *path; /* "sonar"; the file, or "" for a set that was not read */
  char hash[65];    /* SHA-256: of a file, its uncompressed bytes (idx, npy: then those of the labels' file); of a generated set,
                       generator, parameters and elements; else of the elements */
  bool multiclass;  /* labels are classes 1..n_classes, not 0 and 1 */
  bool values;      /* labels are real values, any finite numbers: there are no classes */
  size_t n_columns; /* features */
  const char **columns; /* their names */
  size_t n_classes;
  const char **classes; /* the names of the classes as in the file; "0" and "1" for binary labels; of those that `positive` made,
                           the class itself comes second, and "not NAME" stands for several others */
  size_t n_groups, n_domains; /* of the whole set; ll_data_group_count says how many a part has */
  double optimal_auc;         /* the AUC of the Bayes-optimal score where a generator knows it, else NaN */
  size_t n_notes;
  const char **notes; /* what reading had to say of the file, a line each: a column left out, values that became one */
} ll_data_info;

typedef struct ll_data {
  const ll_data_info *info;
  ll_matrix x, y;       /* n×d, n×1. With a view x.data is NULL: x says the shape, and ll_data_features gives the rows */
  struct ll_view *view; /* [opt] what holds the features of a set that asked for it: rows of another set by their numbers, or
                           elements of fewer bytes than ll_real has. Only ll_data_view, ll_cut.views and ll_read_options.keep make
                           one; every function here takes such sets */
  bool missing;         /* some elements of x are NaN: cells that were missing, to be filled (ll_data_fill) before they are used */
  ll_matrix weights;    /* n×1, how much each row counts in a loss that takes weights, >= 0; 0×0 where all count alike */
  ll_matrix truth;      /* n×1: 1 where a generator drew a right target, else 0; 0×0 where that is not known */
  uint32_t *groups;     /* [opt] n numbers in 0..n_groups-1, equal for rows that belong together (those of one spectrum) */
  uint32_t *domains;    /* [opt] n numbers in 0..n_domains-1; splits use them where ll_split_options says so */
  uint32_t *index;      /* [opt] of a subset: which row of the whole set each of its rows is */
} ll_data;

void ll_data_free(ll_ctx *ctx, ll_data *data); /* NULL is allowed */

/* [out] counts[0..n_classes): the rows of each class; nothing of a set of real values. */
void ll_data_class_counts(const ll_data *data, size_t *counts);
/* The class of a row as a number in 0..n_classes-1; not of a set of real values. */
static inline size_t ll_data_class(const ll_data *data, size_t row) {
  return (size_t)data->y.data[row * data->y.stride] - (data->info->multiclass ? 1 : 0);
}
/* [out] *count: how many groups the rows are of, which in a part may be fewer than n_groups; 0 of a set without. LL_ERR_MEMORY. */
ll_status ll_data_group_count(ll_ctx *ctx, const ll_data *data, size_t *count);
/* [out] the n rows of features from `first` on, as a matrix to be released: a view of x, or, of a set with a view, gathered.
 * LL_ERR_SHAPE, LL_ERR_MEMORY. */
ll_status ll_data_features(ll_ctx *ctx, const ll_data *data, size_t first, size_t n, ll_matrix *out);
/* In what the features are held: "float" or "double", as ll_real is, or "float16", "uint8", "int8", "uint16", "int16". */
const char *ll_data_type(const ll_data *data);
/* The bytes of features and labels that the set itself takes; a part that is a view takes 4 for a row's features. */
size_t ll_data_bytes(const ll_data *data);

/* ---- reading ------------------------------------------------------------------------------------------------------- */

/* A file format, chosen by the suffix of the file's name, in any case; .gz and .zst do not count. */
typedef struct ll_format {
  const char *name, *summary;
  const char *suffixes[3]; /* NULL after the last */
  unsigned options;        /* those of ll_read_options that it takes: LL_READ_COMMENT | … */
} ll_format;
enum {
  LL_READ_COMMENT = 1,
  LL_READ_MISSING = 2,
  LL_READ_CATEGORICAL = 4,
  LL_READ_LABELS = 8,
  LL_READ_FEATURES = 16,
  LL_READ_POSITIVE = 32,
  LL_READ_LABEL = 64,
  LL_READ_IGNORE = 128,
  LL_READ_TYPE = 256,
  LL_READ_VALUES = 512,
  LL_READ_WEIGHT = 1024
};
extern const ll_format *const ll_formats[]; /* ll_format_count rows */
extern const size_t ll_format_count;

/* What becomes of a cell that is empty, NA, N/A, NaN, null, none or "?" (any case). A missing label is always an error. */
typedef enum ll_missing {
  LL_MISSING_ERROR,    /* LL_ERR_NUMBER with file, row, column */
  LL_MISSING_MEAN,     /* NaN, and the set is marked; ll_data_cut fills with the means of each trial's training part alone */
  LL_MISSING_DROP,     /* the row is left out */
  LL_MISSING_CONSTANT, /* the constant of the options; a missing category is 0 in the columns of all its levels */
  LL_MISSING_COUNT
} ll_missing;

#define LL_READ_TYPE_FILE "file"

/* Zeros are the defaults. LL_ERR_ARGUMENT: an option that the format does not take. */
typedef struct ll_read_options {
  const char *format; /* the name of one of ll_formats; NULL: by the file's name */
  char comment;       /* csv, tsv: lines that begin with it are skipped; 0: none */
  ll_missing missing; /* csv, tsv, pin */
  double constant;    /* for LL_MISSING_CONSTANT */
  /* csv, tsv: columns of words. Each becomes columns "name=level" of 0 and 1, levels in alphabetic (byte) order. */
  const char *const *categorical;
  size_t n_categorical;
  const char *const *ignore; /* csv, tsv, pin: columns that are left out; pin: or patterns (losslab/psm.h). LL_ERR_NAME with
                                the nearest */
  size_t n_ignore;
  const char *labels;   /* the file of labels. NULL: the one beside the features; idx: its name has "labels" and "idx1" where theirs
                           has "images" and "idx3"; npy: NAME_labels.npy beside NAME.npy */
  const char *positive; /* all but pin: the class that is the target (1); all others, one or more, are 0. The labels may then be any
                           words or numbers (svm: numbers), which are the same class however they are written. LL_ERR_NAME with the
                           nearest */
  const char *label;    /* csv, tsv: the name of the column of labels. Labels 0/1 or -1/1 are binary, any other words are classes.
                           LL_ERR_NAME with the nearest */
  size_t label_column;  /* the same by its place, from 1; 0: by its name */
  const char *values; /* csv, tsv: the name of a column of real values in the place of labels: numbers, none missing. LL_ERR_NAME */
  const char *weight; /* csv, tsv: the name of a column of weights, numbers >= 0, none missing (ll_data.weights). LL_ERR_NAME */
  size_t features;    /* svm: how many columns, for a file in which the last ones may be empty; 0: the largest index */
  /* idx, npy: LL_READ_TYPE_FILE: features stay in the file's type of element, where that is smaller than ll_real, which holds it
   * exactly: a half, a quarter or an eighth of the memory, and the same bits wherever they are used (ll_data.view). LL_PRECISION:
   * they are made ll_real. NULL: they stay where they would take `keep` bytes or more as ll_real; 0: never. */
  const char *type;
  size_t keep;
} ll_read_options;

/* Reads a file whole, gzip and zstd too. options: NULL for the defaults. The set's name is the file's, without folder and suffix.
 *
 * csv: RFC 4180, comma, a header; the column "label" (0/1 or -1/1) or "class" (any words; numbered in numeric order if all are
 * numbers, else in alphabetic order): the first column if it is called so, else "label" before "class"; the options may name
 * another. Columns "group" and "domain" are never features; every other cell is a number in C's decimal form, in any locale. Where
 * all words of a column of classes, groups, domains or levels are numbers, equal ones ("1", "1.0", "01", "1e0") are one, named by
 * the shortest, and none is rounded: 9007199254740992 and 9007199254740993 are two. So it is in all formats. A BOM, CRLF, quoted
 * cells and blank last lines are accepted. A first column without a name is a data frame's index and left out, as is one that
 * pandas has called "Unnamed: 0"; others without a name must be empty and are left out. The set's notes say so. tsv: the same with
 * tabs. pin: Percolator's input, as losslab/psm.h says, without the texts of its
 * rows: labels by name or in the second column, groups the spectra (rows of equal file, ScanNr and ExpMass; without ScanNr by the
 * ids, or no rows belong together), features all that stands before the peptide and is neither a mass nor a name, RT and dM among
 * them, but for columns of words.
 *
 * svm: LIBSVM's sparse text made dense: label, then index:value with indices from 1 ascending; labels 0/1 or -1/1, or else classes
 * in numeric order; qid:n is the group; # begins a comment; LL_ERR_RANGE if the dense matrix would take more than half of the
 * machine's memory. idx: MNIST's images (or vectors) of bytes or numbers, with their labels in a file of their own; classes in
 * numeric order. npy: NumPy's array of features, with the labels, whole numbers of any type, in a file of their own: 0/1 or -1/1,
 * or else classes in numeric order.
 *
 * What is in memory is the set that is made and a piece of the file (svm: also its longest line; its file is read twice, or, if it
 * is a pipe, kept whole).
 *
 * Notes are also taken of a column that numbers the rows; of names that are not UTF-8 (UTF-16 is refused); and, in single
 * precision, of columns in which values that differ in the file became one number: of whole numbers always, as far as a table of 64
 * MB for all columns tells, of others where it is more than one in a hundred.
 *
 * LL_ERR_IO: the file cannot be read. LL_ERR_FORMAT: empty, header only, ragged, not a number, no label column, damaged
 * compression. LL_ERR_NUMBER: missing, NaN, infinite or too large for ll_real. LL_ERR_LABEL: a bad label, one class
 * only. LL_ERR_NAME: unknown format. Messages name file, row (1 = first after the header), line and column. */
ll_status ll_data_read(ll_ctx *ctx, const char *path, const ll_read_options *options, ll_data **out);

/* [out] means[0..d): each column's mean over the cells of the n rows listed (NULL: all) that are not missing. LL_ERR_NUMBER names a
 * column in which all of them are. */
ll_status ll_data_means(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, double *means);
/* [out] a copy with means[j] in the missing cells of column j. LL_ERR_MEMORY. */
ll_status ll_data_fill(ll_ctx *ctx, const ll_data *data, const double *means, ll_data **out);

/* ---- making ---------------------------------------------------------------------------------------------------------- */

/* A set over x (n×d, shared if it is contiguous, not copied) and labels y (n×1: 0/1, -1/1, or classes 1..K; copied). columns: d
 * names or NULL ("x1", "x2", …); groups: n numbers (any; copied) or NULL. LL_ERR_SHAPE, LL_ERR_NUMBER (x is not finite),
 * LL_ERR_LABEL, LL_ERR_MEMORY. */
ll_status ll_data_new(ll_ctx *ctx, const char *name, const ll_matrix *x, const ll_matrix *y, const char *const *columns,
                      const uint32_t *groups, ll_data **out);

/* What a set is made of; see ll_data_new. */
typedef struct ll_data_making {
  const char *name;
  const ll_matrix *x, *y;
  const char *const *columns; /* [opt] */
  const uint32_t *groups;     /* [opt] n numbers, any */
  const uint32_t *domains;    /* [opt] the same */
  const char *const *classes; /* [opt] n_classes names, of the classes 1..K that y then holds, also where there are two */
  size_t n_classes;
  const char *positive;     /* [opt] the class that is the target, against all others */
  bool missing;             /* NaN in x are missing cells */
  bool values;              /* y holds real values, any finite numbers */
  const ll_matrix *weights; /* [opt] n×1, finite, >= 0, not all 0; copied */
} ll_data_making;

/* The same, of more. LL_ERR_NAME: positive is no class, or two have the same name. */
ll_status ll_data_make(ll_ctx *ctx, const ll_data_making *making, ll_data **out);

/* ---- packing and comparing ------------------------------------------------------------------------------------------- */

/* [out] *bytes (the caller's, ll_free) and their number: the set as a database holds it: a line "losslab data 1 float 208x60", then
 * all of the set but its path, packed without loss: it gives the same hash, splits, batches and bits. A part of a set keeps which
 * rows it has. LL_ERR_MEMORY. */
ll_status ll_data_pack(ll_ctx *ctx, const ll_data *data, void **bytes, size_t *n);
/* [out] the set in such bytes, which may be anybody's; name is for messages. LL_ERR_FORMAT: damaged; of another version; packed in
 * float and read in double, whose digits it lacks; packed in double and read in float where that loses digits. LL_ERR_MEMORY.
 * Beside the set no more than 10 MB is held. */
ll_status ll_data_unpack(ll_ctx *ctx, const void *bytes, size_t n, const char *name, ll_data **out);

/* How the rows of two sets differ: by the names of their classes and the features that both have; -0 is 0. A row that is in both is
 * no difference, wherever it stands; of the others as many as possible count as changed. */
typedef struct ll_data_differences {
  size_t changed, added, removed; /* rows of b in place of those of a; more in b; fewer */
  size_t first; /* the first row, from 0, in which they differ by place; the least number of rows if there is none before */
} ll_data_differences;
/* [out] *out; only_a[j], only_b[j]: whether a column has a name that the other set lacks; differs[j] [opt]: whether rows of the
 * same place differ in column j of a. LL_ERR_MEMORY. */
ll_status ll_data_compare(ll_ctx *ctx, const ll_data *a, const ll_data *b, ll_data_differences *out, bool *only_a, bool *only_b,
                          bool *differs);

/* ---- standardising ---------------------------------------------------------------------------------------------------- */

/* x -> (x - mean) / deviation by column; a column that is constant in the rows fitted to becomes 0. */
typedef struct ll_scaler {
  size_t cols;
  double *mean, *scale; /* scale = 1 / deviation (of the population: divided by n), 0 for a constant column */
} ll_scaler;

/* Fits to the n rows of x listed in rows (NULL: all of them); two passes in double. LL_ERR_SHAPE (no rows), LL_ERR_MEMORY. */
ll_status ll_scaler_fit(ll_ctx *ctx, const ll_matrix *x, const uint32_t *rows, size_t n, ll_scaler *out);
/* The same to rows of a set, whatever it holds them in. */
ll_status ll_scaler_fit_data(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, ll_scaler *out);
void ll_scaler_free(ll_ctx *ctx, ll_scaler *scaler);

/* [out] the rows listed (NULL: all), copied and, with a scaler, scaled in the same pass. LL_ERR_RANGE (no such row),
 * LL_ERR_SHAPE (no rows; a scaler of other columns), LL_ERR_NUMBER (scaling overflows; names row and column). */
ll_status ll_data_subset(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_scaler *scaler, ll_data **out);

/* [out] the same as a view: nothing of the features is copied, and they are scaled when they are gathered, to the same bits. The
 * set may be freed before it. */
ll_status ll_data_view(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, const ll_scaler *scaler, ll_data **out);

/* ---- splits ------------------------------------------------------------------------------------------------------------ */

typedef struct ll_split_options {
  bool stratify; /* every part has the same share of each class: to within one row, or as near as whole groups allow */
  bool grouped;  /* rows of a group stay together, if the set has groups */
  bool domains;  /* and so do groups, without grouped rows, that have a domain in common: ll_data_cut_groups, `most` is half of the
                    smallest part */
  uint64_t seed, trial;
  const char *purpose; /* names the random stream; NULL: "folds" or "holdout" */
  size_t repetition;   /* from 0: each has a stream of its own */
} ll_split_options;

/* Splits the n rows listed (NULL: all n = rows of the set) into k folds: fold[i] in 0..k-1 for rows[i]. Every fold gets
 * a row (grouped: a group). LL_ERR_RANGE: k < 2, fewer rows or groups than folds, a class with fewer rows (grouped: in
 * fewer groups) than folds. LL_ERR_MEMORY. */
ll_status ll_data_folds(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, size_t k, const ll_split_options *options,
                        uint32_t *fold);
/* groups[0..n): for each of the rows listed (NULL: all rows) a number from 0 of what hangs together, in the order in which they
 * come first; [out] how many there are. Rows of one group do, and groups that have a domain in common, of many rows first and only
 * as long as no more than `most` rows hang together; a domain of more than `most` rows joins nothing. So few domains are in several
 * groups. In a set without groups each row is one. About linear. LL_ERR_MEMORY. */
ll_status ll_data_cut_groups(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, size_t most, uint32_t *groups,
                             size_t *count);
/* part[i] = 1 for the rows held out, else 0. share, in (0,1), of the rows is held out, to the nearest row, and each side gets at
 * least one; with stratify at least one of each class. LL_ERR_RANGE: share outside (0,1); a class with one row. */
ll_status ll_data_holdout(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, double share,
                          const ll_split_options *options, uint32_t *part);
/* [out] *out: those of the rows (NULL: 0..n-1) with part == value (or, if !equal, part != value), in order; freed with
 * ll_free. LL_ERR_MEMORY. */
ll_status ll_data_rows_where(ll_ctx *ctx, const uint32_t *rows, const uint32_t *part, size_t n, uint32_t value, bool equal,
                             uint32_t **out, size_t *count);

/* How a trial cuts a set: into training and test part by fold or by share, and a validation part out of the training part. */
typedef struct ll_cut {
  size_t folds, fold; /* the test part is fold number `fold`, from 0, of `folds`; folds = 0: a holdout of share `test` */
  double test;
  double validation; /* share of the training part, 0: none; random stream "validation" */
  bool standardise;  /* all parts by the training part's mean and deviation, validation rows not counted in it */
  size_t views;      /* of a set whose features take this many bytes or more as ll_real the parts are views; 0: of none */
  ll_split_options split;
} ll_cut;

/* [out] the parts, rows in the order of the set; *validation is NULL if none is asked for. Errors: those of ll_data_folds,
 * ll_data_holdout, ll_data_means, ll_data_fill, ll_scaler_fit and ll_data_subset. */
ll_status ll_data_cut(ll_ctx *ctx, const ll_data *data, const ll_cut *cut, ll_data **train, ll_data **test, ll_data **validation);

/* ---- batches ------------------------------------------------------------------------------------------------------------ */

/* One epoch: the rows in a seeded order, of which a batch is gathered when it is its turn. */
typedef struct ll_batches {
  ll_matrix x;          /* the shape of all batches together, without elements */
  ll_matrix y, weights; /* weights: 0×0 of a set without; those of a batch are its rows, as its y is */
  size_t size, at;
  ll_matrix features;   /* what a batch is gathered from, where the set has no view */
  struct ll_view *view; /* [opt] where it has one */
  uint32_t *order;      /* [opt] the rows of the set in their order */
} ll_batches;

/* Shuffled by the stream (seed, epoch, "shuffle"), or in order without a copy. LL_ERR_RANGE: size 0 or larger than the
 * data. LL_ERR_MEMORY. */
ll_status ll_batches_open(ll_ctx *ctx, const ll_data *data, size_t size, bool shuffle, uint64_t seed, uint64_t epoch,
                          ll_batches *out);
/* The same, drawn by class (LL_ERR_LABEL: of a set of real values): each batch has size × shares[c] rows of class c, as near as
 * whole rows allow, what is left over being carried to the next batch; floor(rows / size) batches. A class's rows come in a random
 * order, all of them before one comes again. shares: n_classes of them, >= 0, of sum 1. Stream (seed, epoch, "sample").
 * LL_ERR_RANGE: size, shares; a class without rows whose share is not 0. */
ll_status ll_batches_open_shares(ll_ctx *ctx, const ll_data *data, size_t size, const double *shares, uint64_t seed, uint64_t epoch,
                                 ll_batches *out);
/* [out] the next batch (to be released), the last one perhaps shorter; 0×0 after the last. x is a matrix of its own, from the pool
 * of buffers, or, of rows in order of a set without a view, a view of the set's; y is a view. LL_ERR_MEMORY. */
ll_status ll_batches_next(ll_ctx *ctx, ll_batches *batches, ll_matrix *x, ll_matrix *y);
void ll_batches_close(ll_ctx *ctx, ll_batches *batches);

/* ---- generators ----------------------------------------------------------------------------------------------------------- */

/* Rows are drawn from ll_random. They are the same on all machines whose log and cos, which make the normal variates, agree
 * (glibc's differ between versions in the last bit at most); the set's hash shows whether they are. */
typedef struct ll_generator {
  const char *name, *summary;
  ll_param_table params;
  ll_status (*make)(ll_ctx *ctx, const double *params, ll_data **out);
  /* NULL: not known. [out] p[i] = P(y = 1 | row i of x), in double; the columns of x are those that make gives. */
  ll_status (*probability)(ll_ctx *ctx, const double *params, const ll_matrix *x, double *p);
} ll_generator;
extern const ll_generator *const ll_generators[]; /* ll_generator_count rows */
extern const size_t ll_generator_count;

/* [out] the row of a name. LL_ERR_NAME with the nearest. */
ll_status ll_generator_find(ll_ctx *ctx, const char *name, const ll_generator **out);
/* [out] a set with params[] of the generator's table. LL_ERR_RANGE (a class would be empty), LL_ERR_MEMORY. */
ll_status ll_generate(ll_ctx *ctx, const ll_generator *generator, const double *params, ll_data **out);
/* [out] n×1: how probable it is that a row x, n×d, is positive, where the classes have the shares that the generator gives them
 * with these parameters. The rows are as it draws them, not standardised. LL_ERR_UNSUPPORTED (it does not know; the message says
 * which do), LL_ERR_RANGE, LL_ERR_SHAPE, LL_ERR_NUMBER, LL_ERR_MEMORY. */
ll_status ll_generator_probability(ll_ctx *ctx, const ll_generator *generator, const double *params, const ll_matrix *x,
                                   ll_matrix *out);

#ifdef __cplusplus
}
#endif
#endif
