/* Matrices as lines of decimal numbers in files: CSV and TSV. */
#ifndef LOSSLAB_ENGINE_MATRIX_TEXT_H
#define LOSSLAB_ENGINE_MATRIX_TEXT_H

#include <stdbool.h>

#include "losslab/matrix.h"

/* Whether a file of that name is one: .csv or .tsv, which gzip or zstd may have packed (.csv.gz). */
bool ll_data_is_matrix_text(const char *path);
/* A row a line, each number the shortest text that reads back to the same bits; NaN as nan, infinities as inf. As ll_matrix_write;
 * LL_ERR_ARGUMENT for a packed file, LL_ERR_SHAPE for a matrix without elements. */
ll_status ll_data_write_matrix(ll_ctx *ctx, const ll_matrix *m, const char *path);
/* [out] the matrix of such a file, unpacked where it is packed. A first line in which no cell is a number is a header and left out;
 * an empty cell, one that is no number, and a line of another length are LL_ERR_FORMAT, with their place. A file that holds
 * losslab's own format is read as that, whatever its name. */
ll_status ll_data_read_matrix(ll_ctx *ctx, const char *path, ll_matrix *out);

#endif
