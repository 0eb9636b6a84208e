/* losslab/sql.h: SQL functions that read a result database: metrics of the scores that it keeps, scores and labels as tables, and
 * the numbers of a blob. The loadable extension losslab_sqlite gives them to any program that uses SQLite (docs/database.md).
 *
 *   METRIC(trial, epoch, split [, 'name=value' …])   every metric of losslab/metric.h, of the scores kept; NULL where none are
 *   ll_metric(name, trial, epoch, split)             the same by the name that it has in the table metric:
 * 'partial_auc(max_fpr=0.05)' METRIC_of(score, label [, 'name=value' …])       aggregate: every metric of one column of scores
 *   scores_of(trial, epoch, split)                   table: row, column, score, label
 *   labels_of(trial, split)                          table: row, label
 *   ll_scores(trial, epoch, split)                   blob: float32, little-endian, row by row
 *   ll_unpack(blob [, type [, index]])               JSON array of the numbers of a blob, or the number at index (from 1)
 *   ll_unpack(blob [, type])                         table: number, value
 *
 * epoch: a whole number, 'best' or 'last'. split: 'train', 'valid', 'test'. type: 'float32' or 'uint32'. An argument that is NULL
 * makes the answer NULL, or a table without rows. */
#ifndef LOSSLAB_SQL_H
#define LOSSLAB_SQL_H

#include "losslab/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds the functions to a store's connection, for statements of the user's own (ll_store_ask). Views and triggers of the file
 * cannot call them. They are gone when the store is closed. From now on the store's views and tables show all studies of the file,
 * as they do in any other program (ll_store_choose). LL_ERR_STORE, LL_ERR_MEMORY. */
ll_status ll_sql_add(ll_store *store);

#ifdef __cplusplus
}
#endif
#endif
