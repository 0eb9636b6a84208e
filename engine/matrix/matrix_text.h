/* Matrices as lines of decimal numbers: CSV and TSV. */
#ifndef LOSSLAB_ENGINE_MATRIX_TEXT_H
#define LOSSLAB_ENGINE_MATRIX_TEXT_H

#include "losslab/file.h"
#include "losslab/matrix.h"

/* What parts the numbers in a file of that name, .csv or .tsv, which gzip or zstd may have packed (.csv.gz); 0: it is none. */
char ll_matrix_text_separator(const char *path);
/* A row a line, each number the shortest text that reads back to the same bits; NaN as nan, infinities as inf. */
ll_status ll_matrix_text_put(ll_ctx *ctx, const ll_matrix *m, char separator, ll_file *file);
/* [out] the matrix of a file, unpacked where it is packed. A first line in which no cell is a number is a header and left out; an
 * empty cell, one that is no number, and a line of another length are LL_ERR_FORMAT, with their place. */
ll_status ll_matrix_text_read(ll_ctx *ctx, const char *path, char separator, ll_matrix *out);

#endif
