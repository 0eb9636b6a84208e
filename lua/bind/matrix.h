/* What the bindings of matrices share; what is computed with them stands in graph.c. */
#ifndef LOSSLAB_BIND_MATRIX_H
#define LOSSLAB_BIND_MATRIX_H

#include "lua/bind/bind.h"

/* Methods of a matrix: matrix_read.c, matrix_change.c, matrix_file.c, matrix_index.c. */
extern const bind_function bind_matrix_reading[], bind_matrix_changes[], bind_matrix_writing[], bind_matrix_explaining[];
/* Functions of the module: matrix_make.c, matrix_file.c. */
extern const bind_function bind_matrix_making[], bind_matrix_loading[];
/* Functions and methods of gradients.c, which graph.c opens. */
extern const bind_function bind_gradient_functions[], bind_gradient_methods[];

/* The place of element (i, j) of m, i and j (1 where there is none) being the arguments 2 and 3. */
ll_real *bind_matrix_element(lua_State *L, const char *who, const ll_matrix *m);
/* matrix(t), and m:copy(): a copy of a table, a number or a matrix, without a past. */
int bind_matrix_of(lua_State *L);
int bind_matrix_copy(lua_State *L);

/* The values at index as they are before matrix to is changed: a copy where both share elements, since some would otherwise be
 * overwritten before they are read. */
const ll_matrix *bind_matrix_values(lua_State *L, const char *who, const ll_matrix *to, int index);
/* Whether the matrix at index is the row that m[i] gave: its places are elements. */
bool bind_matrix_is_row(lua_State *L, int index);
void bind_matrix_as_row(lua_State *L, int index); /* the top is a row, too, if index is one */
/* Remembers the iterator of ipairs. */
void bind_matrix_ipairs(lua_State *L);

/* Metamethods. */
int bind_matrix_len(lua_State *L);
int bind_matrix_pairs(lua_State *L); /* as ipairs */
int bind_matrix_tostring(lua_State *L);
int bind_matrix_index(lua_State *L);
int bind_matrix_newindex(lua_State *L);

#endif
