/* losslab/psm.h: peptide-spectrum matches (PSMs): Percolator's input as a data set whose rows keep their identifiers.
 *
 * Rows are numbered from 0 in C and from 1 in Lua and in messages. */
#ifndef LOSSLAB_PSM_H
#define LOSSLAB_PSM_H

#include "losslab/data.h"
#include "losslab/lists.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zeros are the defaults. */
typedef struct ll_psms_options {
  ll_missing missing;         /* what becomes of a feature that is empty, NA, NaN, inf, …; see ll_missing */
  double constant;            /* for LL_MISSING_CONSTANT */
  const char *const *exclude; /* columns that are no features, by name or by a pattern in which * is any text; in any case */
  size_t n_exclude;
  bool about_spectra; /* columns about the spectrum stand behind those of the files: see LL_PSMS_ABOUT_SPECTRUM */
} ll_psms_options;

/* What a target and a decoy of one spectrum have in common, so that a false target still looks as a decoy does; columns whose names
 * begin so, of what the files have: "… others within 10 ppm" (100, 1000), the logarithm of how many spectra are within so many ppm
 * of the measured mass (ll_psm_crowd), where all rows have ExpMass; "… scan", where all rows have a number. */
#define LL_PSMS_ABOUT_SPECTRUM "spectrum: "

/* Matches of one or more files. All but `data` is the object's own until ll_psms_free. */
typedef struct ll_psms {
  ll_data *data;  /* features, labels (1: target, 0: decoy), groups = spectra; NULL once ll_psms_take_data gave it away */
  size_t rows;    /* > 0 */
  size_t spectra; /* how many: rows of equal file, scan and ExpMass are one */
  size_t n_files;
  const char *const *files; /* their names: of the column filename, else the paths */
  uint32_t *file;           /* of each row a number in 0..n_files-1 */
  double *mass;             /* of each row ExpMass, or NaN */
  double *calculated;       /* of each row CalcMass, or NaN */
  double *scan;       /* [opt] of each row its number; where ScanNr is no number, NaN: see ll_psms_scan. NULL: there are none */
  double *directions; /* [opt] of each feature its weight in the line DefaultDirection, NaN where there is none */
  bool has_mass, has_calculated, has_peptides, has_proteins; /* whether the files have such columns */
  struct ll_psms_texts *texts;
} ll_psms;

/* Reads files of Percolator's input, gzip and zstd too, whatever their names end in; the rows come in the order of the files.
 * options: NULL for the defaults. To be given to ll_psms_free; *out is NULL after a failure.
 *
 * A file is a line of names and a line for each match. Cells are separated by tabs; by blanks, one or more, where the line of names
 * has no tab. Columns are known by their names, in any case: SpecId (PSMId, spec_id, psm_id), Label, ScanNr (or scan, scan_nr, …),
 * ExpMass, CalcMass, filename or spectrafile, Peptide, and those that begin with "protein" at the end. Without SpecId the first
 * column is the id, without Label the second one the label, as for Percolator. All others before the peptide are features, in their
 * order (RT and dM too, as they are to Percolator without its option -D), but for columns whose cells in the first 32 rows are all
 * words. Proteins are all that follows the peptide, as many as there are, separated by tabs; none is fine. A line DefaultDirection
 * behind the names is kept as `directions`. Quotes around names are left out, and then those around texts, too.
 *
 * Labels are 1 and -1, 1 and 0, True and False or target and decoy, in any case; a file keeps to one of these ways.
 *
 * Spectra: rows of equal file, scan and ExpMass, wherever they stand. The file is the cell of the column filename, where there is
 * one (then equal names in several files are one), else the file that is read. Without ExpMass file and scan count. Without ScanNr
 * the scans come from the ids, FILE_SCAN_CHARGE_RANK ("target_"/"decoy_" before it and MS-GF+'s "_SII_…" in it do not count) or
 * FILE.SCAN.SCAN.CHARGE, and FILE counts, too; where one id of a file has no such form, each of its rows is a spectrum of its own.
 *
 * Several files must have the same columns; where only the order differs they are matched by name. The hash of the set is that of
 * the files' uncompressed bytes, one after the other. Notes say what was left out or guessed.
 *
 * LL_ERR_IO. LL_ERR_FORMAT: empty, ragged, not a number, no label column, columns that differ, Parquet. LL_ERR_NUMBER: missing,
 * NaN, infinite or too large. LL_ERR_LABEL: no label, mixed ways, one class only. LL_ERR_NAME: nothing to exclude. LL_ERR_ARGUMENT:
 * no path, or a file that stands twice, by one path or by two. LL_ERR_MEMORY. Messages name file, row (1 = first behind the names),
 * line and column. */
ll_status ll_psms_read(ll_ctx *ctx, const char *const *paths, size_t n_paths, const ll_psms_options *options, ll_psms **out);
void ll_psms_free(ll_ctx *ctx, ll_psms *psms); /* NULL is allowed */
/* [out] *names: those of the columns of a file, *count of them, in its order, as ll_psms_read calls them and whatever they are; the
 * array, with its texts, is to be given to ll_free. No more is read than the line of names and what tells what the columns are; the
 * errors are those of ll_psms_read for it. */
ll_status ll_psms_column_names(ll_ctx *ctx, const char *path, char ***names, size_t *count);
/* The set, which from now on is the caller's. */
ll_data *ll_psms_take_data(ll_psms *psms);

/* Texts of a row as they are in the file, ending in 0, and [opt] [out] how many bytes they have: the id; the peptide, or "" where
 * there is no such column; the proteins, joined by tabs, or "". They stay as long as the object. */
const char *ll_psms_id(const ll_psms *psms, size_t row, size_t *size);
const char *ll_psms_peptide(const ll_psms *psms, size_t row, size_t *size);
const char *ll_psms_proteins(const ll_psms *psms, size_t row, size_t *size);
/* The scan of a row, and NaN where it has none or where it is no number: then *text [out] is the cell's text, else NULL. */
double ll_psms_scan(const ll_psms *psms, size_t row, const char **text);

/* groups[0..rows): numbers from 0 of the scans, equal for rows of equal file and scan whatever their mass, in the order in which
 * they come first; a row without a scan is one of its own. [out] how many there are. A scan that was searched with several masses
 * or charges is several spectra; rows of one scan must not be in two parts of a cut, since they are of the same peaks.
 * LL_ERR_MEMORY. */
ll_status ll_psms_scan_groups(ll_ctx *ctx, const ll_psms *psms, uint32_t *groups, size_t *count);

/* ---- peptides and proteins ------------------------------------------------------------------------------------------------ */

/* A peptide without its neighbours in the protein, as Percolator strips them: "K.AB[16]C.R" is "AB[16]C"; one that has no point in
 * its second and its last but one place stays as it is. *size [inout]: its bytes. */
const char *ll_psms_bare_peptide(const char *peptide, size_t *size);
/* groups[0..n): numbers from 0 of the bare peptides of the n rows listed (NULL: all rows), modifications kept, equal for equal
 * ones, in the order in which they come first; [out] how many there are. Linear. LL_ERR_UNSUPPORTED: there is no column Peptide;
 * LL_ERR_RANGE: no such row; LL_ERR_MEMORY. */
ll_status ll_psms_peptide_groups(ll_ctx *ctx, const ll_psms *psms, const uint32_t *rows, size_t n, uint32_t *groups, size_t *count);

/* The proteins of each row by their numbers. */
typedef struct ll_psms_protein_lists {
  ll_lists lists;     /* rows × proteins, which are numbered in the order in which they come first */
  const char **names; /* of each protein: sizes[k] bytes, within the texts of the matches, not ending in 0 */
  uint32_t *sizes;
} ll_psms_protein_lists;

/* [out] *out, to be given to ll_psms_protein_lists_free before the matches are freed. Linear. LL_ERR_UNSUPPORTED: there is no
 * column of proteins; LL_ERR_RANGE: more than 2^32 - 1 entries; LL_ERR_MEMORY. */
ll_status ll_psms_proteins_of(ll_ctx *ctx, const ll_psms *psms, ll_psms_protein_lists *out);
void ll_psms_protein_lists_free(ll_ctx *ctx, ll_psms_protein_lists *proteins);

/* ---- matches that were there before (engine/psm/marks.c) ------------------------------------------------------------------ */

/* [out] *marks, *size bytes (two a row), to be given to ll_free: what tells a row of the set from others by its label and its first
 * `columns` features, bit by bit but for the sign of 0, in any order of the rows. And [out] of each row of another set 1 if a row
 * of the marked one is equal, else 0 (n,1); of rows that are not, about one in 1700 is called equal all the same. Both precisions
 * have marks of their own. O(n d). LL_ERR_SHAPE: fewer columns; LL_ERR_FORMAT: no marks; LL_ERR_MEMORY. */
ll_status ll_psm_marks(ll_ctx *ctx, const ll_data *data, size_t columns, unsigned char **marks, size_t *size);
ll_status ll_psm_marked(ll_ctx *ctx, const unsigned char *marks, size_t size, const ll_data *data, size_t columns, ll_matrix *out);

/* ---- writing -------------------------------------------------------------------------------------------------------------- */

/* What a column of a written table holds. */
typedef enum ll_psms_field {
  LL_PSMS_VALUES, /* numbers of the caller's */
  LL_PSMS_ID,
  LL_PSMS_PEPTIDE,
  LL_PSMS_PROTEINS, /* separated by tabs, so that these rows have more cells */
  LL_PSMS_FILE,     /* its name */
  LL_PSMS_SCAN,
  LL_PSMS_MASS,
  LL_PSMS_CALCULATED,
  LL_PSMS_FIELDS
} ll_psms_field;
extern const char *const ll_psms_field_names[LL_PSMS_FIELDS]; /* "values", "id", "peptide", … */

typedef struct ll_psms_column {
  const char *name; /* without tabs and ends of lines */
  ll_psms_field field;
  /* of LL_PSMS_VALUES: a number for each row of the matches or, with by_place, for each row that is written */
  const ll_real *values; /* `stride` apart; or */
  const double *doubles;
  size_t stride;
  bool by_place;
  const char *format; /* printf's for one number: "%.4f", "%g", "%d"; NULL: the fewest digits that read back */
} ll_psms_column;

/* Writes a table, tab-separated: a line of names, then the n rows listed, in this order (NULL: all n = psms->rows). What is missing
 * is an empty cell; numbers that are not finite are "nan", "inf", "-inf". The file is whole or not there (losslab/file.h; a device
 * or pipe is written into). LL_ERR_RANGE: no such row; LL_ERR_ARGUMENT: a format or a name that cannot be; LL_ERR_IO,
 * LL_ERR_MEMORY. */
ll_status ll_psms_write(ll_ctx *ctx, const ll_psms *psms, const char *path, const uint32_t *rows, size_t n,
                        const ll_psms_column *columns, size_t n_columns);

#ifdef __cplusplus
}
#endif
#endif
