/* What every binding file shares: the context of a Lua state, the one place that raises, options as tables, matrices.
 *
 * Conventions: luaL_check* first, resources after; a userdata is created closed (its pointer NULL) and then filled, so
 * that an error between leaks nothing; `__gc` and `__close` are one idempotent function; C never raises while it holds
 * something Lua does not know of. Indices count from 1 in Lua. */
#ifndef LOSSLAB_BIND_H
#define LOSSLAB_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <math.h>

#include "losslab/losslab.h"

/* The context of this Lua state; made by luaopen_losslab_core. */
ll_ctx *bind_ctx(lua_State *L);

/* Raises the context's message (with "%s"); returns so that one can write `return bind_raise(L)`. */
int bind_raise(lua_State *L);
/* Raises if status is not LL_OK. Only where C holds nothing. */
void bind_check(lua_State *L, ll_status status);

/* Raises after core.seal(): for functions through which Lua reaches a file, a database or a process. */
void bind_reach(lua_State *L, const char *what);
/* Collects garbage where the process's descriptors run short, since garbage may hold some: before a file is opened. Part of
 * bind_reach. */
void bind_descriptors(lua_State *L);

/* Makes os.setlocale leave alone what numbers, comparisons and messages depend on (lua/bind/locale.c). */
void bind_locale(lua_State *L);

/* A function or method as Lua sees it, and the most arguments that it takes, the object of a method counted: more are an error
 * (lua/bind/arity.c). The last row of an array is {NULL, NULL, 0}. */
typedef struct bind_function {
  const char *name;
  lua_CFunction function;
  int most;
} bind_function;
enum { BIND_MANY = -1 }; /* any number, or the function counts them itself */
/* Sets the rows as fields of the table at the top; bind_module pushes a new one with them. */
void bind_functions(lua_State *L, const bind_function *rows);
void bind_methods(lua_State *L, const bind_function *rows);
void bind_module(lua_State *L, const bind_function *rows);

/* Registers a metatable `name` with methods (also its __index) and metamethods (may be NULL). */
enum { BIND_METHODS = 1 }; /* the place in a class's metatable where its methods stand, too */
void bind_class(lua_State *L, const char *name, const bind_function *methods, const luaL_Reg *metamethods);

/* Pushes the method of the object at 1 that the key at 2 names: false, and nothing is pushed that matters, where there is none.
 * What an __index of its own asks first, since most of what is asked is methods. */
bool bind_method(lua_State *L);

/* How a name from PyTorch, Torch7 or NumPy is written here, or NULL. */
const char *bind_elsewhere(const char *name);
/* Raises the message of ll_names_unknown for a word that is none of names[count]. */
int bind_no_name(lua_State *L, const char *said, const char *word, const char *const *names, size_t count);
/* Raises that `what` has no such name, with the nearest of the names of the table at index, or all if they are few. */
int bind_unknown(lua_State *L, const char *what, const char *name, int table);
/* Whether a name is nearly one of the table's: a misspelt one, in all likelihood. */
bool bind_is_near(lua_State *L, const char *name, int table);
/* Makes the table at index raise like that for a name that it does not have, unless it has a metatable, and print what it holds. */
void bind_strict(lua_State *L, const char *what, int table);

/* Pushes a closed userdata of a class: one pointer, NULL. Fill it by `*slot = …`. */
void **bind_new(lua_State *L, const char *class);
/* The pointer in a userdata of the class; raises if it is another value or closed. */
void *bind_get(lua_State *L, int index, const char *class);

/* Pushes n bytes of ll_alloc as a string, and frees them, also when it raises. */
void bind_push_bytes(lua_State *L, void *bytes, size_t n);

/* Prints "losslab: ", what was done and the text to standard error, a line or several, as losslab.say does: what may not reach a
 * terminal is shown as \27 and the like. For what goes wrong where no Lua can say it. (lua/bind/complain.c) */
void bind_complain(const char *what, const char *text);

/* How many cores this process may run on (lua/bind/system.c). */
size_t bind_cores(void);

/* ---- arguments (lua/bind/argument.c): "zeros: rows must be an integer >= 0, not nil" --------------------------------------- */

/* Pushes a value as a message shows it: "a string" quoted, tables and objects by their kind. */
const char *bind_shown(lua_State *L, int index);
/* Raises that the argument is not what was expected. */
int bind_wrong(lua_State *L, int index, const char *who, const char *name, const char *expected);
lua_Integer bind_integer(lua_State *L, int index, const char *who, const char *name);
lua_Integer bind_integer_from(lua_State *L, int index, const char *who, const char *name, lua_Integer least);
size_t bind_size(lua_State *L, int index, const char *who, const char *name);
lua_Number bind_number(lua_State *L, int index, const char *who, const char *name);
lua_Number bind_number_or(lua_State *L, int index, const char *who, const char *name, lua_Number def);
/* A number that an element of a matrix can be. */
lua_Number bind_fitting(lua_State *L, int index, const char *who, const char *name);
/* The same of a limit to elements, above them (side 1) or below (-1): beyond what a matrix holds it limits nothing, as infinity. */
lua_Number bind_limit(lua_State *L, int index, const char *who, const char *name, int side);
const char *bind_bytes(lua_State *L, int index, const char *who, const char *name, size_t *n);
const char *bind_string(lua_State *L, int index, const char *who, const char *name);
void bind_table(lua_State *L, int index, const char *who, const char *name);
/* The userdata of a class; of argument 1 the message says that methods are called with a colon. */
void *bind_object(lua_State *L, int index, const char *class);

/* Whether an element of a matrix can be the number: a finite one must not become an infinity. */
static inline bool bind_fits(double value) { return isinf(value) || !isinf((ll_real)value); }
#define BIND_BEYOND "beyond the numbers of " LL_PRECISION " precision"

/* ---- options ------------------------------------------------------------------------------------------------------ */

/* Raises unless the value is nil or a table whose keys are all among names[] (NULL-terminated); names the nearest. */
void bind_options(lua_State *L, int index, const char *what, const char *const *names);
/* The same of its keys that are strings: entries without a name stand beside them. */
void bind_options_beside(lua_State *L, int index, const char *what, const char *const *names);
/* Fields of the table at index (nil: the default); a value of the wrong type raises "what: field must be …". */
lua_Number bind_opt_number(lua_State *L, int index, const char *what, const char *field, lua_Number def);
lua_Integer bind_opt_integer(lua_State *L, int index, const char *what, const char *field, lua_Integer def);
bool bind_opt_boolean(lua_State *L, int index, const char *what, const char *field, bool def);
/* The string stays valid while the table holds it. */
const char *bind_opt_string(lua_State *L, int index, const char *what, const char *field, const char *def);
/* The place of the field's word among words (NULL-terminated), def where the field is nil; raises for any other word. */
size_t bind_opt_word(lua_State *L, int index, const char *what, const char *field, const char *const *words, size_t def);
/* Sets to[], the values of a parameter table, from the fields of the one at index, all or, where it raises, none; those in skip
 * (NULL-terminated) are left out. Raises also where the values contradict one another. */
void bind_params(lua_State *L, int index, const ll_param_table *table, double *to, const char *const *skip);
/* Pushes one value of a parameter table as Lua sees it: a number, a boolean or a word. */
void bind_push_param(lua_State *L, const ll_param *param, double value);
/* Pushes the description of a parameter table: an array of {name, kind, default, range, doc, choices}. */
void bind_push_params(lua_State *L, const ll_param_table *table);
/* Sets axioms and metric of the table at the top: {nonnegative, identity, symmetric, triangle, where, counterexample}. */
void bind_push_axioms(lua_State *L, const ll_axioms *axioms);
/* Pushes the description of a row's inputs: an array of {name, shape, role, optional, named}. The last `optional` inputs may be
 * left out, and are given by name among the options if `named`. */
void bind_push_inputs(lua_State *L, const ll_input *inputs, size_t n, size_t optional, bool named);

/* ---- matrices (lua/bind/matrix.c) ------------------------------------------------------------------------------------ */

#define BIND_MATRIX "losslab.matrix"

/* The node behind a matrix, borrowed: it lives as long as the userdata. A number becomes a 1×1, a (nested) table a matrix,
 * put in place of the argument, so that the stack keeps it. Raises for anything else: "mul: the second operand is nil; …". */
ll_node *bind_node(lua_State *L, int index, const char *who, const char *name);
/* core.why_no_grad(): why the last m.grad that was read is nil, once; nil where it is not (lua/bind/matrix_index.c). */
int bind_why_no_grad(lua_State *L);
/* The matrix of the same. */
const ll_matrix *bind_matrix(lua_State *L, int index, const char *who, const char *name);
/* The node behind a matrix, or NULL for anything else. */
ll_node *bind_as_node(lua_State *L, int index);
/* A list of indices from 1 (an array, or a column or row of a matrix) as indices from 0: n of them in memory that a userdata put
 * in place of the argument keeps. Raises where one is no whole number, below 1, or may have been rounded. */
uint32_t *bind_list(lua_State *L, int index, const char *who, size_t *n);
/* Raises where places up to n are more than a matrix can hold. */
void bind_places(lua_State *L, const char *who, size_t n);
/* Pushes a matrix userdata that takes the reference over. The collector is told of its memory. */
void bind_push_node(lua_State *L, ll_node *node);
/* Pushes a leaf over m; takes m over, also when it raises. */
void bind_push_matrix(lua_State *L, ll_matrix *m);
/* The same of a view, whose elements the collector has been told of. */
void bind_push_view(lua_State *L, ll_matrix *m);
/* Tells the collector of memory it cannot see. */
void bind_account(lua_State *L, size_t bytes);

/* ---- identities (lua/bind/identity.c): labels, groups, users and items, of which only equality counts -------------------- */

/* Where identities are read: the argument at index (absolute), a column, a table of integers or strings, or, with columns, a table
 * of rows of so many, of which one column is taken. */
typedef struct bind_source {
  int index;
  const char *who, *name; /* for messages: "knn", "labels" */
  size_t columns, column;
} bind_source;

/* Pushes, as a userdata, the numbers from 0 of all identities of the sources, one source after the other, numbered together in
 * ascending order; [out] how many rows there are, and how many different identities. */
uint32_t *bind_numbered(lua_State *L, const bind_source *sources, size_t count, size_t *rows, size_t *distinct);
/* Pushes the identity of row i itself, an integer or a string. */
void bind_push_identity(lua_State *L, const bind_source *source, size_t i);
/* Makes each source a column of whole numbers, in its place: the values as they are where a matrix tells them apart, else their
 * numbers from 1 as above. A matrix alone stays as it is: the role of an input checks it. */
void bind_identities(lua_State *L, const bind_source *sources, size_t count);
/* The labels at index as such a column. */
const ll_matrix *bind_labels(lua_State *L, int index, const char *who);
/* The argument as the input of a row: identities as above; where a whole number's value counts, it must be one that a matrix holds.
 */
ll_node *bind_input(lua_State *L, int index, const char *who, const ll_input *input);

/* ll.core.help_text, ll.core.show_functions, and the __tostring of modules (lua/bind/help.c). */
int bind_help_text(lua_State *L);
int bind_show_functions(lua_State *L);
int bind_shown_by_help(lua_State *L);
/* What help says of an op beside its row, as fields of the table on the top (lua/bind/op_words.c). */
void bind_op_words(lua_State *L, const ll_op *op);

/* ll.process.confined (lua/bind/confine.c), ll.system.key (lua/bind/keypress.c). */
int bind_process_confined(lua_State *L);
int bind_system_key(lua_State *L);

/* core.signed_ranks (lua/bind/signed_ranks.c). */
int bind_signed_ranks(lua_State *L);

/* ---- modules: each pushes its table; listed in core.c ------------------------------------------------------------------ */
#define BIND_MODULES(M)                                                                                                            \
  M(matrix)                                                                                                                        \
  M(graph)                                                                                                                         \
  M(linalg)                                                                                                                        \
  M(random)                                                                                                                        \
  M(distributions)                                                                                                                 \
  M(math)                                                                                                                          \
  M(loss)                                                                                                                          \
  M(distance)                                                                                                                      \
  M(cml)                                                                                                                           \
  M(metric) M(nn) M(optim) M(system) M(process) M(http) M(data) M(psm) M(store) M(tuple) M(divergence) M(transport) M(compile)
#define BIND_DECLARE(name) int bind_open_##name(lua_State *L);
BIND_MODULES(BIND_DECLARE)

#endif
