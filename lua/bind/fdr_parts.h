/* What the bindings of identification statistics and of their features share. */
#ifndef LOSSLAB_BIND_FDR_PARTS_H
#define LOSSLAB_BIND_FDR_PARTS_H

#include "lua/bind/bind.h"

/* Functions of ll.fdr beside those of fdr.c: fdr_tables.c. Functions of ll.psm: psm_features.c. */
extern const bind_function bind_fdr_tables[], bind_psm_features[];

/* Binary labels, and numbers of groups: a column, a table of integers or strings, or a data set that has groups. */
const ll_matrix *bind_fdr_labels(lua_State *L, int index, const char *who);
const ll_matrix *bind_fdr_groups(lua_State *L, int index, const char *who, const char *name);
/* Which of n rows count, from the argument at index, which is replaced: a column of n of 0 and 1, or numbers of rows, from 1. NULL:
 * all, where it is nil. */
const uint8_t *bind_fdr_rows(lua_State *L, int index, const char *who, size_t n);
/* method, pi0 and rows of the options at index; rows are kept on the stack. */
ll_fdr_options bind_fdr_options(lua_State *L, int index, const char *who, size_t n);
/* The class of rankers. */
void bind_ranker_class(lua_State *L);

#endif
