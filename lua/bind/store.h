/* What the bindings of result databases share. */
#ifndef LOSSLAB_BIND_STORE_H
#define LOSSLAB_BIND_STORE_H

#include "lua/bind/bind.h"

#define BIND_STORE "losslab.store"

/* The open database at argument 1. */
ll_store *bind_store(lua_State *L);
/* The path at argument 1, which holds no zero byte. */
const char *bind_store_path(lua_State *L);

/* ---- values (lua/bind/store_values.c) ---------------------------------------------------------------------------------- */

/* The value at index (absolute), for the statement's value of that name; borrowed from the stack. */
ll_value bind_store_value(lua_State *L, int index, const char *name);
/* The values after the name (argument 2) of a statement into values[]; returns how many. */
size_t bind_store_values(lua_State *L, ll_store *store, const char *statement, ll_value values[LL_STORE_MAX_VALUES]);
void bind_store_push(lua_State *L, ll_value v);
/* floats(blob [, columns]): a blob of float32 as a matrix. */
int bind_store_floats(lua_State *L);

/* ---- rows (lua/bind/store_rows.c) --------------------------------------------------------------------------------------- */

/* db:rows(name, …): for row, columns in it do: each row as a table, and the names of the columns in order. */
int bind_store_rows(lua_State *L);
/* db:query(sql, …): the same of a statement of one's own, which may only read. */
int bind_store_query(lua_State *L);
/* db:cells(sql, …): the same for printing: each row as an array of its values, a blob as a table that holds its bytes, for columns
 * may have one name. Behind the four values for a loop comes an array of the columns' names. */
int bind_store_cells(lua_State *L);
/* db:one(name, …): the first row, or nil. */
int bind_store_one(lua_State *L);
void bind_store_rows_class(lua_State *L);
/* Pushes rows that are not open yet and keep the store of argument 1 alive. */
ll_rows **bind_store_new_rows(lua_State *L);

/* ---- text (lua/bind/store_write.c) -------------------------------------------------------------------------------------- */

/* db:write(name, put [, encode, raw, flat, lines]): how many rows the statement gave; they are handed to put(text) in pieces, as
 * CSV, or, with json.encode, as JSON, where the columns of the table raw are JSON already: an array, or with lines an object a
 * line. flat: ready text by the configuration, whose column flat.id names: in CSV it stands in place of the columns of raw
 * (flat.heading: their names), in JSON behind parameters; flat.none is that of a configuration that is not there. */
int bind_store_write(lua_State *L);

/* db:scores { … } (lua/bind/store_scores_write.c, which lists what it takes): the scores of the chosen trials, parts and epochs, a
 * row a score, handed to put(text) in pieces; without put nothing is handed on. Gives how many rows, the columns of scores, CRC-32
 * and number of the bytes. */
int bind_store_scores(lua_State *L);
void bind_store_scores_class(lua_State *L);

/* ---- scores (lua/bind/store_scores.c) ----------------------------------------------------------------------------------- */

/* pack_scores({matrix, …} [, form]) and unpack_scores(bytes, coding, epochs, columns [, which]). */
int bind_store_pack_scores(lua_State *L);
int bind_store_unpack_scores(lua_State *L);

/* ---- comparing and merging (lua/bind/store_merge.c) ---------------------------------------------------------------------- */

/* db:differ(trial, other, its_trial): nil, or where they differ first: { table, column, place, epoch, row, a, b }. */
int bind_store_differ(lua_State *L);
/* db:merge(other), in a transaction of db: { trials, added, filled, there, studies, rows, conflicts, and of the first conflict
 * trial, other (its id there), difference }. */
int bind_store_merge(lua_State *L);

/* ---- the lock (lua/bind/store_lock.c) ----------------------------------------------------------------------------------- */

/* lock(path): the lock, or nil and the process id of the holder (0: not known). */
int bind_store_lock(lua_State *L);
void bind_store_lock_class(lua_State *L);

#endif
